// SPDX-License-Identifier: Apache-2.0
//! The macros that contracts use: they take declarations apart, [`expand`](super::expand) makes code of the parts.

/// Declares a contract: its constructor, its functions, its events and its errors.
///
/// ```
/// use revive_vm_sdk::{abi::Address, contract::Reason, host::{self, U256}};
///
/// revive_vm_sdk::contract! {
///     /// Keeps what people send until they want it back.
///     pub Box {
///         constructor(owner: Address);
///         payable fn put(for_whom: Address);
///         fn take(amount: U256) -> (left: U256);
///         view fn amount_of(account: Address) -> U256 => amount;
///         event Put(#[indexed] who: Address, amount: U256);
///         error TooMuch(wanted: U256, there: U256);
///     }
/// }
///
/// fn constructor(owner: Address) {
///     host::set_immutable_data(&owner);
/// }
///
/// fn put(for_whom: Address) {
///     // …
///     Put { who: for_whom, amount: host::value_transferred() }.emit();
/// }
///
/// fn take(wanted: U256) -> Result<U256, TooMuch> {
///     let there = amount(host::caller());
///     there.checked_sub(wanted).ok_or(TooMuch { wanted, there })
/// }
///
/// fn amount(account: Address) -> U256 {
///     // …
/// #   let _ = account;
///     U256::ZERO
/// }
/// # fn main() {}
/// ```
///
/// What comes of it:
///
/// - The exports `deploy` and `call`. They decode arguments, strictly: too short call data, a number that is too large for its type or
///   an address with something in front of it end the call with a reason that has the argument's number and type. Where nothing is
///   `payable`, a value is refused, and so is a selector that is no function's, if there is no `fallback`.
/// - A structure with the name of the contract. `Box::take(amount)` is the input of that call, `Box::constructor(owner)` that of the
///   constructor, for others that call it and for tests; `Box::ABI` is the ABI.
/// - Structures for events and errors, as [`event!`](crate::event!) and [`error!`](crate::error!) make them, and those of
///   `struct Payment(to: Address, value: U256);`, which are types of arguments, results and fields as
///   [`structure!`](crate::structure!) makes them.
/// - The ABI, as JSON objects in the ELF section `.revive_vm_abi`, from where the linker takes it. Nothing of it is in the blob.
///
/// Functions stand outside, under the name that the declaration has or behind `=>`. They take what is declared or a reference to it,
/// and give what is declared or a [`Result`] of it, see [`Declared`](crate::contract::Declared). One that never comes back says so
/// elsewhere: it has the type of what is declared, not `!`.
///
/// `fn`s are `nonpayable` unless `view`, `pure` or `payable` is in front of them. One result is a type or has a name, `(left: U256)`;
/// several are `(first: U256, second: U256)` or a tuple. Types are those of [`Value`](crate::abi::Value).
///
/// The ABI has names in capitals instead of underscores: `amount_of` is `amountOf`. Another name stands behind the function's:
/// `view fn token_uri = "tokenURI"(id: U256) -> Text<64>;`, which is also how two functions have the same name there.
///
/// `receive();` is called with a value and without call data, `fallback();` or `payable fallback();` with call data that no function
/// takes. A contract without a constructor does nothing in `deploy` but to refuse a value.
///
/// `deploy` and `call` are the exports. What others know by these names has another one in Rust, `fn call(to: Address) => call_other;`:
///
/// ```compile_fail
/// revive_vm_sdk::contract! {
///     Itself {
///         fn call();
///     }
/// }
/// # fn main() {}
/// ```
///
/// No two functions have the same selector:
///
/// ```compile_fail
/// revive_vm_sdk::contract! {
///     Twice {
///         fn one = "same"(number: u64);
///         fn other = "same"(number: u64);
///     }
/// }
/// fn one(_: u64) {}
/// fn other(_: u64) {}
/// # fn main() {}
/// ```
///
/// Nor does a declaration say something else than the function:
///
/// ```compile_fail,E0308
/// revive_vm_sdk::contract! {
///     Other {
///         fn take(number: u64);
///     }
/// }
/// fn take(_: u32) {}
/// # fn main() {}
/// ```
///
/// ```compile_fail,E0277
/// revive_vm_sdk::contract! {
///     Other {
///         fn give() -> u64;
///     }
/// }
/// fn give() -> u32 { 7 }
/// # fn main() {}
/// ```
///
/// ```compile_fail,E0277
/// revive_vm_sdk::contract! {
///     Other {
///         fn take(number: f32);
///     }
/// }
/// fn take(_: f32) {}
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! contract {
    ($(#[$meta:meta])* $vis:vis $name:ident { $($items:tt)* }) => {
        $crate::__declare! { [contract [$(#[$meta])*] [$vis] $name] [] [] [] [] [] $($items)* }
    };
}

/// Declares what another contract offers, as far as it is of interest.
///
/// ```
/// use revive_vm_sdk::{abi::Address, host::{CallError, U256}};
///
/// revive_vm_sdk::interface! {
///     pub Token {
///         fn transfer(to: Address, amount: U256) -> bool;
///         view fn balance_of(account: Address) -> U256;
///     }
/// }
///
/// fn pay(token: &Address, to: Address, amount: U256) -> Result<bool, CallError> {
///     Token::transfer(to, amount).to(token).ask()
/// }
/// # assert_eq!(Token::transfer([7; 20], U256::ONE)[..4], [0xa9, 0x05, 0x9c, 0xbb]);
/// ```
///
/// Each function makes a [`Message`](crate::abi::Message), which is the input of a call, and whose `to` makes the
/// [`Call`](crate::host::Call). Structures are declared as in [`contract!`](crate::contract!).
#[macro_export]
macro_rules! interface {
    ($(#[$meta:meta])* $vis:vis $name:ident { $($items:tt)* }) => {
        $crate::__declare! { [interface [$(#[$meta])*] [$vis] $name] [] [] [] [] [] $($items)* }
    };
}

/// Declares events outside of a contract's declaration: in a library, for instance.
///
/// ```
/// use revive_vm_sdk::{abi::Address, host::U256};
///
/// revive_vm_sdk::event! {
///     /// An amount changed hands.
///     pub Transfer(#[indexed] from: Address, #[indexed] to: Address, value: U256);
/// }
///
/// fn moved(from: Address, to: Address, value: U256) {
///     Transfer { from, to, value }.emit();
/// }
/// ```
///
/// An event has up to three fields that it can be found by; those that are more than a word are found by their hash. Names of fields
/// are changed as those of parameters are.
#[macro_export]
macro_rules! event {
    ($($(#[$meta:meta])* $vis:vis $name:ident($($(#[$mark:ident])? $field:ident: $type:ty),* $(,)?);)+) => {
        $(
            $crate::__event! { [$(#[$meta])*] [$vis] $name($($(#[$mark])? $field: $type),*) }
            $crate::__abi_section! { &[&[<$name as $crate::abi::describe::Described>::ENTRY]] }
        )+
    };
}

/// Declares reasons of reverts outside of a contract's declaration: in a library, for instance.
///
/// ```
/// use revive_vm_sdk::{contract::{require, Reason}, host::U256};
///
/// revive_vm_sdk::error! {
///     /// There is not so much.
///     pub TooMuch(wanted: U256, there: U256);
/// }
///
/// fn check(wanted: U256, there: U256) {
///     require(wanted <= there, TooMuch { wanted, there });
/// }
/// ```
///
/// It is a [`Reason`](crate::contract::Reason): `TooMuch { wanted, there }.revert()` ends the call, and functions of a contract can
/// give a `Result<_, TooMuch>`.
#[macro_export]
macro_rules! error {
    ($($(#[$meta:meta])* $vis:vis $name:ident($($field:ident: $type:ty),* $(,)?);)+) => {
        $(
            $crate::__error! { [$(#[$meta])*] [$vis] $name($($field: $type),*) }
            $crate::__abi_section! { &[&[<$name as $crate::abi::describe::Described>::ENTRY]] }
        )+
    };
}

/// Declares structures that are values, outside of a contract's declaration: in a library, for instance.
///
/// ```
/// use revive_vm_sdk::{abi::{Address, List}, host::U256};
///
/// revive_vm_sdk::structure! {
///     /// An amount for somebody.
///     pub Payment(to: Address, value: U256);
///     pub Order(payment: Payment, deadlines: [u64; 2]);
/// }
///
/// revive_vm_sdk::interface! {
///     Shop {
///         fn pay(payments: List<Payment, 16>) -> bool;
///         view fn order_of(account: Address) -> Order;
///     }
/// }
/// # let payment = Payment { to: [7; 20], value: U256::ONE };
/// # assert_eq!(Shop::pay([payment].into())[..4], revive_vm_sdk::abi::selector("pay((address,uint256)[])"));
/// ```
///
/// They are arguments, results, fields of events, errors and other structures, and elements of arrays and lists. In the ABI they are
/// tuples of their fields, `((address,uint256),uint64[2])` for `Order`; names of fields are changed as those of parameters are.
/// Fields that have no fixed size, such as [`List`](crate::abi::List) or [`Text`](crate::abi::Text), are fields as others.
///
/// A structure has at least one field:
///
/// ```compile_fail
/// revive_vm_sdk::structure! { Nothing(); }
/// ```
#[macro_export]
macro_rules! structure {
    ($($(#[$meta:meta])* $vis:vis $name:ident($($field:ident: $type:ty),* $(,)?);)+) => {
        $($crate::__value! { [$(#[$meta])*] [$vis] $name($($field: $type),*) })+
    };
}

/// Takes the first item off a declaration, until there is none: what it is of, then constructor, functions, `receive`, `fallback`,
/// and the names of events and errors.
#[doc(hidden)]
#[macro_export]
macro_rules! __declare {
    ($of:tt $constructor:tt $functions:tt $receive:tt $fallback:tt $described:tt) => {
        $crate::__expand! { $of $constructor $functions $receive $fallback $described }
    };
    ($of:tt [] $functions:tt $receive:tt $fallback:tt $described:tt
        $(#[$meta:meta])* constructor($($p:ident: $t:ty),* $(,)?) $(=> $target:path)?; $($rest:tt)*) => {
        $crate::__declare! {
            $of [[$(#[$meta])*] nonpayable ($($p: $t),*) [$($target)?]] $functions $receive $fallback $described $($rest)*
        }
    };
    ($of:tt [] $functions:tt $receive:tt $fallback:tt $described:tt
        $(#[$meta:meta])* payable constructor($($p:ident: $t:ty),* $(,)?) $(=> $target:path)?; $($rest:tt)*) => {
        $crate::__declare! {
            $of [[$(#[$meta])*] payable ($($p: $t),*) [$($target)?]] $functions $receive $fallback $described $($rest)*
        }
    };
    ($of:tt $constructor:tt $functions:tt [] $fallback:tt $described:tt
        $(#[$meta:meta])* receive() $(=> $target:path)?; $($rest:tt)*) => {
        $crate::__declare! { $of $constructor $functions [payable [$($target)?]] $fallback $described $($rest)* }
    };
    ($of:tt $constructor:tt $functions:tt $receive:tt [] $described:tt
        $(#[$meta:meta])* fallback() $(=> $target:path)?; $($rest:tt)*) => {
        $crate::__declare! { $of $constructor $functions $receive [nonpayable [$($target)?]] $described $($rest)* }
    };
    ($of:tt $constructor:tt $functions:tt $receive:tt [] $described:tt
        $(#[$meta:meta])* payable fallback() $(=> $target:path)?; $($rest:tt)*) => {
        $crate::__declare! { $of $constructor $functions $receive [payable [$($target)?]] $described $($rest)* }
    };
    ($of:tt $constructor:tt $functions:tt $receive:tt $fallback:tt $described:tt
        $(#[$meta:meta])* struct $name:ident($($field:ident: $type:ty),* $(,)?); $($rest:tt)*) => {
        $crate::__value! { [$(#[$meta])*] [pub] $name($($field: $type),*) }
        $crate::__declare! { $of $constructor $functions $receive $fallback $described $($rest)* }
    };
    ($of:tt $constructor:tt $functions:tt $receive:tt $fallback:tt [$($described:tt)*]
        $(#[$meta:meta])* event $name:ident($($(#[$mark:ident])? $field:ident: $type:ty),* $(,)?); $($rest:tt)*) => {
        $crate::__event! { [$(#[$meta])*] [pub] $name($($(#[$mark])? $field: $type),*) }
        $crate::__declare! { $of $constructor $functions $receive $fallback [$($described)* $name] $($rest)* }
    };
    ($of:tt $constructor:tt $functions:tt $receive:tt $fallback:tt [$($described:tt)*]
        $(#[$meta:meta])* error $name:ident($($field:ident: $type:ty),* $(,)?); $($rest:tt)*) => {
        $crate::__error! { [$(#[$meta])*] [pub] $name($($field: $type),*) }
        $crate::__declare! { $of $constructor $functions $receive $fallback [$($described)* $name] $($rest)* }
    };
    // Functions that give nothing, or results with names.
    ($of:tt $constructor:tt [$($functions:tt)*] $receive:tt $fallback:tt $described:tt
        $(#[$meta:meta])* fn $f:ident $(= $abi:literal)? ($($p:ident: $t:ty),* $(,)?)
        $(-> ($($o:ident: $ot:ty),+ $(,)?))? $(=> $target:path)?; $($rest:tt)*) => {
        $crate::__declare! {
            $of $constructor [
                $($functions)*
                { [$(#[$meta])*] nonpayable $f [$($abi)?] ($($p: $t),*) [$($($o)+)?] ($crate::__tuple!($($($ot),+)?)) [$($target)?] }
            ] $receive $fallback $described $($rest)*
        }
    };
    ($of:tt $constructor:tt [$($functions:tt)*] $receive:tt $fallback:tt $described:tt
        $(#[$meta:meta])* $mutability:ident fn $f:ident $(= $abi:literal)? ($($p:ident: $t:ty),* $(,)?)
        $(-> ($($o:ident: $ot:ty),+ $(,)?))? $(=> $target:path)?; $($rest:tt)*) => {
        $crate::__declare! {
            $of $constructor [
                $($functions)*
                { [$(#[$meta])*] $mutability $f [$($abi)?] ($($p: $t),*) [$($($o)+)?] ($crate::__tuple!($($($ot),+)?)) [$($target)?] }
            ] $receive $fallback $described $($rest)*
        }
    };
    // Functions whose results have no names.
    ($of:tt $constructor:tt [$($functions:tt)*] $receive:tt $fallback:tt $described:tt
        $(#[$meta:meta])* fn $f:ident $(= $abi:literal)? ($($p:ident: $t:ty),* $(,)?)
        -> $out:ty $(=> $target:path)?; $($rest:tt)*) => {
        $crate::__declare! {
            $of $constructor [
                $($functions)* { [$(#[$meta])*] nonpayable $f [$($abi)?] ($($p: $t),*) [] ($out) [$($target)?] }
            ] $receive $fallback $described $($rest)*
        }
    };
    ($of:tt $constructor:tt [$($functions:tt)*] $receive:tt $fallback:tt $described:tt
        $(#[$meta:meta])* $mutability:ident fn $f:ident $(= $abi:literal)? ($($p:ident: $t:ty),* $(,)?)
        -> $out:ty $(=> $target:path)?; $($rest:tt)*) => {
        $crate::__declare! {
            $of $constructor [
                $($functions)* { [$(#[$meta])*] $mutability $f [$($abi)?] ($($p: $t),*) [] ($out) [$($target)?] }
            ] $receive $fallback $described $($rest)*
        }
    };
}
