// SPDX-License-Identifier: Apache-2.0
//! The ledger: random extrinsics of several users, after each of which deposits, holds and issuance agree. One that fails leaves no
//! trace. And what random ones seldom meet.

use super::{
    callable_nothing, deploy, error,
    fixtures::{callable, contract, RW},
    instantiate_with, output,
    random::{pick, random_contract, Random, World},
    state_root,
};
use crate::{
    address::create2, mock::*, primitives::Code, storage::AccountInfo, AccountId32Mapper, AccountInfoOf,
    AddressMapper, Call, CodeInfoOf, Error, Event, HoldReason, Pallet,
};
use frame_support::{
    assert_ok,
    traits::{
        fungible::{Inspect, InspectHold},
        Hooks,
    },
    weights::Weight,
};
use sp_core::{H160, H256};
use sp_io::hashing::keccak_256;
use sp_runtime::{traits::Dispatchable, AccountId32};

type Mapper = AccountId32Mapper<Test>;

/// Who uploads and leaves.
const DAVE: AccountId32 = AccountId32::new([4; 32]);

#[test]
fn random_extrinsics_keep_the_ledger() {
    for (carrier, seed) in (1..=10u64).flat_map(|seed| [(Carrier::Host, seed), (Carrier::Embedded, seed)]) {
        BehaviourVersion::set((seed % 2) as u32);
        let mut externalities = externalities(carrier);
        let mut script = externalities.execute_with(|| Script::new(seed));
        for step in 0..40 {
            externalities.execute_with(|| script.step(step));
            externalities.commit_all().unwrap();
            externalities.execute_with(|| {
                check_state();
                assert_eq!(money(), script.money, "seed {seed}, step {step}: money came or went");
            });
        }
        assert!(script.fine > 5 && script.failed > 0, "seed {seed}: {} {}", script.fine, script.failed);
        BehaviourVersion::set(0);
    }
}

struct Script {
    random: Random,
    world: World,
    blobs: Vec<Vec<u8>>,
    money: u128,
    fine: u32,
    failed: u32,
}

impl Script {
    fn new(seed: u64) -> Self {
        Self {
            random: Random(seed.wrapping_mul(0xD1B5_4A32_D192_ED03) | 1),
            world: World::default(),
            blobs: Vec::new(),
            money: money(),
            fine: 0,
            failed: 0,
        }
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.random.below(bound)
    }

    fn user(&mut self) -> AccountId32 {
        [ALICE, BOB, CHARLIE, DAVE][self.below(4) as usize].clone()
    }

    fn limit(&mut self) -> Balance {
        if self.below(6) == 0 {
            self.below(3_000).into()
        } else {
            Balance::MAX
        }
    }

    /// A blob that is new or, as often, was there before.
    fn blob(&mut self) -> Vec<u8> {
        if self.below(2) == 0 && !self.blobs.is_empty() {
            let index = self.below(self.blobs.len() as u64) as usize;
            return self.blobs[index].clone();
        }
        let blob = random_contract(&mut self.random, &self.world);
        self.world.code.push(H256(keccak_256(&blob)));
        self.blobs.push(blob.clone());
        blob
    }

    fn hash(&mut self) -> H256 {
        let count = self.world.code.len() as u64;
        let index = self.below(count + 1) as usize;
        self.world.code.get(index).copied().unwrap_or_default()
    }

    fn step(&mut self, step: u8) {
        System::reset_events();
        let weight_limit = Weight::from_parts(WEIGHT.ref_time() / 4, WEIGHT.proof_size());
        let (user, storage_deposit_limit) = (self.user(), self.limit());
        let value: Balance = self.below(10_000).into();
        let data = vec![step; 8];
        let salt = (self.below(3) != 0).then_some([step % 4; 32]);
        let mut origin = RuntimeOrigin::signed(user.clone());
        let call: RuntimeCall = match self.below(16) {
            0 => Call::upload_code { code: self.blob(), storage_deposit_limit }.into(),
            1..=3 => {
                let code = self.blob();
                if let (Some(salt), 0) = (salt, self.below(2)) {
                    self.fund(&create2(&Mapper::to_address(&user), &code, &data, &salt));
                }
                Call::instantiate_with_code { value, weight_limit, storage_deposit_limit, code, data, salt }
                    .into()
            }
            4 | 5 => {
                let code_hash = self.hash();
                Call::instantiate { value, weight_limit, storage_deposit_limit, code_hash, data, salt }.into()
            }
            6 => Call::remove_code { code_hash: self.hash() }.into(),
            7 => {
                origin = RuntimeOrigin::root();
                let dest = pick(&mut self.random, &self.world.contracts);
                Call::set_code { dest, code_hash: self.hash() }.into()
            }
            8 => Call::map_account {}.into(),
            9 if self.below(3) == 0 => Call::unmap_account {}.into(),
            10 => {
                // Leaves with everything that is not on hold, to come back when somebody pays.
                let keep_alive = user != DAVE;
                let dest = if user == DAVE { ALICE } else { DAVE };
                if keep_alive {
                    pallet_balances::Call::transfer_keep_alive { dest, value: 1_000_000 + value }.into()
                } else {
                    pallet_balances::Call::transfer_all { dest, keep_alive }.into()
                }
            }
            11 => {
                // Prices change, and what is on hold stays.
                DepositPerByte::set(self.below(6).into());
                DepositPerItem::set(self.below(900).into());
                DepositPerChildTrieItem::set(self.below(200).into());
                Pallet::<Test>::on_idle(1, Weight::from_parts(self.below(3_000_000_000), u64::MAX));
                return;
            }
            _ => {
                // The chain itself pays no deposits, and gets those that nobody else does.
                let is_root = self.below(6) == 0;
                if is_root {
                    origin = RuntimeOrigin::root();
                }
                let value = if is_root { 0 } else { value };
                let dest = pick(&mut self.random, &self.world.contracts);
                Call::call { dest, value, weight_limit, storage_deposit_limit, data }.into()
            }
        };
        let before = state_root();
        match call.dispatch(origin) {
            Ok(_) => self.fine += 1,
            Err(_) => {
                self.failed += 1;
                assert_eq!(state_root(), before, "step {step}: a failed extrinsic left a trace");
            }
        }
        self.world.contracts =
            AccountInfoOf::<Test>::iter_keys().filter(AccountInfo::<Test>::is_contract).collect();
    }

    /// Sends something to an address where a contract may come to be.
    fn fund(&mut self, address: &H160) {
        let value = EXISTENTIAL_DEPOSIT + Balance::from(self.below(3) * 777);
        let dest = Mapper::to_fallback_account_id(address);
        assert_ok!(Balances::transfer_keep_alive(RuntimeOrigin::signed(BOB), dest, value));
    }
}

/// Ends itself in favour of an account that exists.
fn ending() -> Vec<u8> {
    contract(
        |asm| asm.data(RW, Mapper::to_address(&BOB).as_bytes()).host("terminate", [RW]).trap().end(),
        |_| {},
    )
}

#[test]
fn a_contract_on_an_account_that_was_there_before_leaves_its_existential_deposit() {
    new_test(|| {
        let salt = [7; 32];
        let (mut fresh, mut active) = (0, 0);
        for funded in [false, true] {
            let blob = ending();
            let address = create2(&Mapper::to_address(&ALICE), &blob, b"", &salt);
            let account = Mapper::to_fallback_account_id(&address);
            if funded {
                let funds = 3 * EXISTENTIAL_DEPOSIT;
                assert_ok!(Balances::transfer_keep_alive(RuntimeOrigin::signed(BOB), account.clone(), funds));
            }
            let (total, inactive) = (Balances::total_issuance(), Balances::inactive_issuance());
            assert_ok!(instantiate_with(&blob, 0, b"", Some(salt)).result);
            assert!(!AccountInfo::<Test>::is_contract(&address));
            assert_eq!(Balances::total_issuance(), total, "funded: {funded}");
            assert_eq!(Balances::inactive_issuance(), inactive, "funded: {funded}");
            let left = if funded { EXISTENTIAL_DEPOSIT } else { 0 };
            assert_eq!(Balances::free_balance(&account), left);
            if !funded {
                (fresh, active) = (total, <Balances as Inspect<_>>::active_issuance());
            }
        }
        assert_eq!(
            (fresh, active),
            (Balances::total_issuance(), <Balances as Inspect<_>>::active_issuance())
        );
    });
}

/// The existential deposit that was minted stays inactive with an account that has more than that, also when another contract
/// comes and goes there.
#[test]
fn what_was_minted_is_inactive_as_long_as_it_is_there() {
    new_test(|| {
        let salt = [7; 32];
        // Ends itself in favour of itself, so that what it has stays.
        let blob = contract(|asm| asm.host("address", [RW]).host("terminate", [RW]).trap().end(), |_| {});
        let (money_before, inactive) = (money(), Balances::inactive_issuance());
        for _ in 0..3 {
            assert_ok!(instantiate_with(&blob, 5_000, b"", Some(salt)).result);
            assert_eq!(Balances::inactive_issuance(), inactive + EXISTENTIAL_DEPOSIT);
            assert_eq!(money(), money_before);
        }
    });
}

/// Nobody can hold up the end or the upgrade of a contract by having uploaded its code and left the chain, with a deposit that is too
/// little for an account.
#[test]
fn an_uploader_who_has_left_holds_up_no_contract() {
    new_test(|| {
        DepositPerByte::set(0);
        DepositPerItem::set(5);
        let last = callable(|asm| asm.data(RW, b"last").ret(0, RW, 4).end());
        for goes in [true, false] {
            let blob = if goes { ending() } else { callable(|asm| asm.ret(0, RW, 3).end()) };
            let hash = H256(keccak_256(&blob));
            assert_ok!(Balances::transfer_keep_alive(RuntimeOrigin::signed(BOB), DAVE, 1_000_000));
            assert_ok!(Pallet::<Test>::upload_code(RuntimeOrigin::signed(DAVE), blob.clone(), Balance::MAX));
            let deposit = CodeInfoOf::<Test>::get(hash).unwrap().deposit;
            assert!(deposit > 0 && deposit < EXISTENTIAL_DEPOSIT);
            assert_ok!(Balances::transfer_all(RuntimeOrigin::signed(DAVE), BOB, false));
            assert!(!System::account_exists(&DAVE));

            let pallet = Balances::free_balance(Pallet::<Test>::account_id());
            let contract = deploy(&blob, 0, b"");
            if !goes {
                let new = H256(keccak_256(&last));
                assert_ok!(Pallet::<Test>::upload_code(
                    RuntimeOrigin::signed(BOB),
                    last.clone(),
                    Balance::MAX
                ));
                assert_ok!(Pallet::<Test>::set_code(RuntimeOrigin::root(), contract, new));
                assert_eq!(output(contract, b""), b"last");
            }
            assert!(CodeInfoOf::<Test>::get(hash).is_none());
            assert!(!System::account_exists(&DAVE));
            assert_eq!(Balances::free_balance(Pallet::<Test>::account_id()), pallet + deposit);
            System::assert_has_event(
                Event::<Test>::CodeRemoved { code_hash: hash, deposit: 0, owner: DAVE }.into(),
            );
        }
    });
}

/// The address covers the blob, which has to be read and hashed before anything else is paid for.
#[test]
fn a_salted_address_pays_for_the_blob_that_it_covers() {
    new_test(|| {
        let blob = super::fixtures::large(crate::filling::Filling::Blocks, 200_000, 1);
        assert_ok!(Pallet::<Test>::upload_code(RuntimeOrigin::signed(ALICE), blob.clone(), Balance::MAX));
        let code = Code::Existing(H256(keccak_256(&blob)));
        let origin = || crate::exec::Origin::Signed(ALICE);
        let with = |weight, salt| {
            Pallet::<Test>::bare_instantiate(origin(), 0, weight, Balance::MAX, code.clone(), vec![], salt)
        };
        // With no weight the blob is not even looked at.
        let nothing = with(Weight::zero(), Some([1; 32]));
        assert_eq!(nothing.result.unwrap_err(), error(Error::OutOfGas));
        let len = blob.len() as u64;
        let enough_to_read = Weight::from_parts(WEIGHT.ref_time(), len - 1);
        let outcome = with(enough_to_read, Some([1; 32]));
        assert_eq!(outcome.result.unwrap_err(), error(Error::OutOfGas));
        assert_eq!(
            outcome.weight_consumed,
            Weight::zero(),
            "the proof of the blob does not fit, so it is not read"
        );

        let (salted, plain) = (with(WEIGHT, Some([1; 32])), with(WEIGHT, None));
        assert!(salted.result.is_ok() && plain.result.is_ok());
        let more = salted.weight_consumed.saturating_sub(plain.weight_consumed);
        let hash = <<Test as crate::Config>::WeightInfo as crate::WeightInfo>::host_keccak_256(len as u32);
        assert!(more.ref_time() > hash.ref_time() && more.proof_size() >= len, "{more:?}");
    });
}

#[test]
fn balances_that_are_locked_stay_and_are_no_obstacle() {
    use frame_support::traits::{LockableCurrency, WithdrawReasons};
    new_test(|| {
        let store = deploy(&super::fixtures::store_word(), 50_000, b"");
        let account = Mapper::to_fallback_account_id(&store);
        // Somebody sends money that is locked, as a pallet for vesting would.
        Balances::set_lock(*b"vesting!", &account, 50_000, WithdrawReasons::all());
        output(store, &[[1; 32], [1; 32]].concat());
        let held = Balances::balance_on_hold(&HoldReason::StorageDepositReserve.into(), &account);
        output(store, &[[1; 32], [0; 32]].concat());
        assert!(Balances::balance_on_hold(&HoldReason::StorageDepositReserve.into(), &account) < held);
        check_state();

        // A user who has locked all pays no deposit.
        Balances::set_lock(*b"democrac", &BOB, ENDOWMENT, WithdrawReasons::all());
        let before = state_root();
        let outcome = super::call_from(BOB, store, 0, WEIGHT, &[[1; 32], [1; 32]].concat());
        assert_eq!(outcome.result, Err(error(Error::StorageDepositNotEnoughFunds)));
        assert_eq!(state_root(), before);
    });
}

#[test]
fn code_that_was_removed_can_come_again() {
    new_test(|| {
        let blob = callable_nothing();
        let hash = H256(keccak_256(&blob));
        let money_before = money();
        for _ in 0..2 {
            assert_ok!(Pallet::<Test>::upload_code(RuntimeOrigin::signed(ALICE), blob.clone(), Balance::MAX));
            assert_ok!(Pallet::<Test>::remove_code(RuntimeOrigin::signed(ALICE), hash));
            assert_eq!(Balances::free_balance(ALICE), ENDOWMENT);
        }
        assert_eq!(money(), money_before);
    });
}
