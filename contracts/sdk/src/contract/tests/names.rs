// SPDX-License-Identifier: Apache-2.0
//! A contract whose names are those that the macros use for themselves, and one whose functions are called like its exports.
#![allow(dead_code)]

const WORDS: usize = 2;
const BYTES: usize = 3;
const TYPES: usize = 4;

crate::contract! {
    pub Names {
        constructor(values: [u16; WORDS]);
        fn arguments(data: [[u8; BYTES]; WORDS], function: bool) -> [u16; TYPES] => function;
        event Event(all: [u16; TYPES], #[indexed] data: [u8; BYTES]);
        error Error(values: [u16; WORDS]);
    }
}

fn constructor(values: [u16; WORDS]) {
    crate::contract::require(values[0] == 0, Error { values });
}

fn function(data: &[[u8; BYTES]; WORDS], function: bool) -> [u16; TYPES] {
    Event { all: [1, 2, 3, 4], data: data[0] }.emit();
    [u16::from(function); TYPES]
}

#[test]
fn names_of_a_contract_are_its_own() {
    let mut contract = crate::testing::Contract::new(deploy, call);
    contract.deploy(&Names::constructor([0, 1])).returned();
    let output = contract.call(&Names::arguments([[1; BYTES]; WORDS], true));
    assert_eq!(output.value::<[u16; TYPES]>(), [1; 4]);
}

/// Whose functions are called like its exports.
mod like_exports {
    crate::contract! {
        pub Caller {
            pure fn call(number: u64) -> u64 => called;
            pure fn deploy() -> u64 => deployed;
        }
    }

    fn called(number: u64) -> u64 {
        number
    }

    fn deployed() -> u64 {
        7
    }

    #[test]
    fn functions_may_be_known_by_the_names_of_exports() {
        let mut contract = crate::testing::Contract::new(deploy, call);
        assert_eq!(contract.call(&Caller::call(5)).value::<u64>(), 5);
        assert_eq!(contract.call(&Caller::deploy()).value::<u64>(), 7);
    }
}

/// Whose structures are called like what everybody has in scope.
mod like_the_prelude {
    use crate::{
        host::U256,
        testing::{Contract, Event},
    };

    crate::contract! {
        pub Market {
            pure fn of(option: Option) -> Option => same;
            fn take(some: Some) -> From;
            struct Option(strike: U256, ends: u64);
            struct Some(options: [Option; 2]);
            struct From(amount: u64);
            event Clone(#[indexed] result: From, none: Some);
            error Debug(default: From);
        }
    }

    fn same(option: Option) -> Option {
        option
    }

    fn take(some: Some) -> From {
        let amount = some.options[0].ends;
        crate::contract::require(amount < 9, Debug { default: From { amount } });
        Clone { result: From { amount }, none: some }.emit();
        From { amount }
    }

    #[test]
    fn structures_may_be_called_like_types_of_rust() {
        let mut market = Contract::new(deploy, call);
        let option = Option { strike: U256::ONE, ends: 7 };
        assert_eq!(market.call(&Market::of(option)).value::<Option>(), option);
        let some = Some { options: [option; 2] };
        let result = market.call(&Market::take(some)).value::<From>();
        assert_eq!(market.events, [Event::from(Clone { result, none: some })]);
    }
}
