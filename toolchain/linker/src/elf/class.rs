// SPDX-License-Identifier: Apache-2.0
//! What a section is for, by its name, type and flags.

use crate::error::{LinkError, Result};
use object::elf;

/// What a section is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Class {
    /// Instructions.
    Code,
    /// Data that only the linker writes.
    ReadOnly,
    /// Data with initial values.
    ReadWrite,
    /// Data that starts as zero.
    Zero,
    /// Exported functions.
    Exports,
    /// Records of imports and exports. Read only through pointers.
    Metadata,
    /// Requests for a minimum stack size.
    StackSize,
    /// Functions to be run before or after the program: data that only linkers write.
    Startup,
    /// Not loaded: debug info and the like. Records of imports and exports may be here too.
    Other,
    /// The same, compressed: without contents here.
    Compressed,
    /// Of no interest.
    Ignored,
}

impl Class {
    /// Whether it is data of the guest.
    pub(crate) fn is_data(self) -> bool {
        matches!(self, Self::ReadOnly | Self::ReadWrite | Self::Zero | Self::Startup)
    }

    /// Whether it takes memory of the guest, or becomes code.
    pub(crate) fn is_loaded(self) -> bool {
        self.is_data() || self == Self::Code
    }
}

/// `.name` itself, or `.name.anything`.
fn is_or_within(name: &str, family: &str) -> bool {
    name.strip_prefix(family).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Classifies a section.
pub(crate) fn classify(
    name: &str,
    kind: elf::SectionType,
    flags: elf::SectionFlags,
    size: u64,
) -> Result<Class> {
    let has = |flag: elf::SectionFlags| flags.0 & flag.0 != 0;
    let (allocated, writable) = (has(elf::SHF_ALLOC), has(elf::SHF_WRITE));
    let within = |families: &[&str]| families.iter().any(|family| is_or_within(name, family));
    let must_be = |wanted: bool, class| match writable == wanted {
        true => Ok(class),
        false => {
            let (is, not) = if writable { ("writable", "must not be") } else { ("not writable", "must be") };
            Err(LinkError::new(format!("the section is {is}, but by its name it {not} so"))
                .at(name, 0)
                .hint("give it another name or other flags"))
        }
    };
    match name {
        ".polkavm_metadata" => return Ok(Class::Metadata),
        ".polkavm_exports" => return Ok(Class::Exports),
        ".polkavm_min_stack_size" => return Ok(Class::StackSize),
        ".eh_frame" | ".eh_frame_hdr" | ".dynsym" | ".dynstr" | ".dynamic" => return Ok(Class::Ignored),
        ".rodata" => return must_be(false, Class::ReadOnly),
        ".got" | ".got.plt" | ".relro_padding" => return Ok(Class::ReadOnly),
        _ => {}
    }
    if within(&[".rodata", ".srodata", ".data.rel.ro"]) {
        return Ok(Class::ReadOnly);
    }
    if within(&[".data", ".sdata"]) {
        return Ok(match (kind, writable) {
            (elf::SHT_NOBITS, _) => Class::Zero,
            (_, true) => Class::ReadWrite,
            // GNU ld puts small constants into `.sdata`. Where nothing else is in it, it is not writable.
            (_, false) => Class::ReadOnly,
        });
    }
    // What compilers wrote before there were types of sections for that.
    if within(&[".ctors", ".dtors"]) && allocated && size > 0 {
        return Ok(Class::Startup);
    }
    if within(&[".bss", ".sbss"]) {
        return must_be(true, Class::Zero);
    }
    if within(&[".text"]) || allocated && has(elf::SHF_EXECINSTR) {
        return must_be(false, Class::Code);
    }
    if !allocated {
        return Ok(if has(elf::SHF_COMPRESSED) { Class::Compressed } else { Class::Other });
    }
    match (kind, writable) {
        (elf::SHT_PROGBITS, false) => Ok(Class::ReadOnly),
        (elf::SHT_PROGBITS, true) => Ok(Class::ReadWrite),
        (elf::SHT_NOBITS, true) => Ok(Class::Zero),
        (
            elf::SHT_HASH
            | elf::SHT_GNU_HASH
            | elf::SHT_DYNSYM
            | elf::SHT_STRTAB
            | elf::SHT_RELA
            | elf::SHT_NOTE
            | elf::SHT_DYNAMIC
            | elf::SHT_RELR
            | elf::SHT_GNU_VERDEF
            | elf::SHT_GNU_VERNEED
            | elf::SHT_GNU_VERSYM,
            _,
        ) => Ok(Class::Ignored),
        // Nothing is in it; but its start and end may be asked for.
        (_, _) if size == 0 => Ok(Class::ReadOnly),
        (elf::SHT_INIT_ARRAY | elf::SHT_FINI_ARRAY | elf::SHT_PREINIT_ARRAY, _) => Ok(Class::Startup),
        _ => Err(LinkError::new(format!(
            "sections of type {:#x} with flags {:#x} are not known",
            kind.0, flags.0
        ))
        .at(name, 0)
        .hint("remove the section, or let the compiler's linker discard it")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_decide_before_flags() {
        let alloc = elf::SHF_ALLOC;
        let write = elf::SectionFlags(alloc.0 | elf::SHF_WRITE.0);
        let thread = elf::SectionFlags(write.0 | elf::SHF_TLS.0);
        let none = elf::SectionFlags(0);
        let class = |name, kind, flags| classify(name, kind, flags, 8).unwrap();
        assert_eq!(class(".data.rel.ro.x", elf::SHT_PROGBITS, write), Class::ReadOnly);
        assert_eq!(class(".database", elf::SHT_PROGBITS, alloc), Class::ReadOnly);
        assert_eq!(class(".sdata", elf::SHT_PROGBITS, write), Class::ReadWrite);
        assert_eq!(class(".sdata", elf::SHT_PROGBITS, alloc), Class::ReadOnly);
        assert_eq!(class(".sbss.x", elf::SHT_NOBITS, write), Class::Zero);
        assert_eq!(class(".custom", elf::SHT_NOBITS, write), Class::Zero);
        assert_eq!(class(".text.f", elf::SHT_PROGBITS, alloc), Class::Code);
        assert_eq!(class(".polkavm_exports", elf::SHT_NOTE, alloc), Class::Exports);
        assert_eq!(class(".note.gnu.property", elf::SHT_NOTE, alloc), Class::Ignored);
        assert_eq!(class(".tdata", elf::SHT_PROGBITS, thread), Class::ReadWrite);
        assert_eq!(class(".tbss", elf::SHT_NOBITS, thread), Class::Zero);
        assert_eq!(class(".init_array", elf::SHT_INIT_ARRAY, write), Class::Startup);
        assert_eq!(class(".ctors.65435", elf::SHT_PROGBITS, write), Class::Startup);
        assert_eq!(classify(".init_array", elf::SHT_INIT_ARRAY, write, 0).unwrap(), Class::ReadOnly);
        assert_eq!(class(".debug_info", elf::SHT_PROGBITS, none), Class::Other);
        for (name, kind, flags) in [
            (".rodata", elf::SHT_PROGBITS, write),
            (".bss", elf::SHT_NOBITS, alloc),
            (".text", elf::SHT_PROGBITS, write),
            (".odd", elf::SHT_GROUP, write),
        ] {
            let error = classify(name, kind, flags, 8).unwrap_err();
            assert_eq!(error.section(), Some(name));
            assert!(error.advice().is_some());
        }
    }
}
