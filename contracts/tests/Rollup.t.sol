// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Deployer, DevVerifier, Outcome, Rollup, Verifiers} from "made/Contracts.sol";
import {L1, MockVerifier} from "./L1.sol";

/// Commits through a contract.
contract Middleman {
    function go(Rollup rollup, bytes calldata input) external payable {
        (bool done, bytes memory said) = address(rollup).call{value: msg.value}(input);
        if (!done) {
            assembly ("memory-safe") {
                revert(add(said, 32), mload(said))
            }
        }
    }
}

/// Batches of 1,000 bytes as DEFLATE makes them: hardly any zero.
abstract contract Commits is L1 {
    function dense() internal pure returns (bytes memory data) {
        data = new bytes(1000);
        for (uint256 i = 0; i < 1000; ++i) data[i] = bytes1(uint8(1 + uint256(keccak256(abi.encode(i))) % 255));
    }

    function commitAll(bytes memory data, string memory name) internal returns (uint256 gas_) {
        (uint256 index,,) = head();
        bytes32 previous = rollup.batch(index);
        uint256 n = queue.count();
        bytes32 hash = queue.rolling(n);
        vm.prank(ALICE, ALICE);
        rollup.commit{value: BOND}(previous, hash, time(), n, data);
        gas_ = vm.snapshotGasLastCall("l1", string.concat("Rollup.commit, ", name));
        record(index + 1, data, time(), n, ALICE);
        outcomes[index + 1] = Outcome(stateRoot, keccak256(data), 0, 0, uint64(index), uint64(time()), uint64(n));
    }
}

/// Places for 256 + 8 batches, so that a lap is short.
contract PlacesTest is Commits {
    uint256 private constant MOST = 8;

    function config() internal pure override returns (Rollup.Config memory c) {
        c = super.config();
        c.unprovenMax = uint32(MOST);
    }

    function round(uint256 n) private {
        (uint256 from,,) = head();
        for (uint256 i = 0; i < n; ++i) {
            pass(12);
            commit(ALICE);
        }
        prove(PROVER, from + 1, from + n, 0);
    }

    function refused() private {
        pass(12);
        (uint256 tip,,) = head();
        bytes32 previous = rollup.batch(tip);
        bytes32 hash = queue.rolling(queue.count());
        uint256 n = queue.count();
        vm.prank(ALICE, ALICE);
        vm.expectRevert(abi.encodeWithSelector(Rollup.TooManyUnproven.selector, MOST));
        rollup.commit{value: BOND}(previous, hash, time(), n, "x");
    }

    function test_places_come_again() public {
        vm.prank(ALICE);
        rollup.join{value: STAKE}();
        pass(1 hours);
        round(2);
        for (uint256 i = 0; i < 31; ++i) round(MOST);
        round(7);
        bytes32 second = rollup.batch(2);
        is_(second != 0 && rollup.batch(1) == 0, "a proof may begin after 2, not after 1");
        (address committer,, uint40 lastTime) = rollup.meta(2);
        is_(committer == ALICE && lastTime == outcomes[2].lastTime, "who committed 2");
        (committer,,) = rollup.meta(1);
        equal(committer, address(0), "nobody");
        for (uint256 i = 0; i < MOST; ++i) {
            pass(12);
            commit(ALICE); // into the places of 258 and later, and of 0 and 1
        }
        refused();
        equal(rollup.batch(2), second, "the batch from which a proof may begin");
        equal(rollup.batch(266), 0, "beyond the tip");
        vm.expectRevert(Rollup.WrongRange.selector);
        rollup.publicOutput(2, 258, outcomes[1], outcomes[258], 0, PROVER);
        prove(PROVER, 3, 258, 0); // the longest that there can be
        send(BOB, 1 ether, 21_000);
        pass(12);
        is_(
            commitAll(dense(), "1,000 bytes, none zero") <= 90_000, "a batch of 1,000 bytes costs more than 90,000"
        );
        refused();
        bytes32 third = rollup.batch(258);
        pass(14 days);
        rollup.drop();
        equal(rollup.batch(259), 0, "dropped");
        equal(rollup.batch(258), third, "the tip");
        for (uint256 i = 0; i < 3; ++i) round(MOST);
    }
}

contract RollupTest is Commits {
    // ---- commit ---------------------------------------------------------------------------------------

    function refusedCommit(bytes memory why, bytes32 prev, bytes32 hash, uint256 time, uint256 queueIndex) private {
        vm.prank(ALICE, ALICE);
        vm.expectRevert(why);
        rollup.commit{value: BOND}(prev, hash, time, queueIndex, "x");
    }

    function test_commit_refuses() public {
        uint256 now_ = time();
        bytes memory lastTime = abi.encodePacked(Rollup.LastTime.selector);
        refusedCommit(abi.encodeWithSelector(Rollup.PreviousBatch.selector, 0), bytes32(uint256(1)), 0, now_, 0);
        refusedCommit(abi.encodeWithSelector(Rollup.QueueHash.selector, 0), 0, bytes32(uint256(1)), now_, 0);
        refusedCommit(abi.encodePacked(Rollup.QueueIndex.selector), 0, 0, now_, 1);
        refusedCommit(lastTime, 0, 0, now_ + 1, 0);
        refusedCommit(lastTime, 0, 0, genesis.lastTime, 0);
        pass(13 hours);
        refusedCommit(lastTime, 0, 0, time() - 12 hours - 1, 0);
        send(BOB, 1, 21_000);
        refusedCommit(lastTime, 0, queue.rolling(1), time() - 1, 1); // the item is younger than its batch
        vm.startPrank(ALICE, ALICE);
        vm.expectRevert(abi.encodeWithSelector(Rollup.WrongAmount.selector, BOND));
        rollup.commit{value: BOND - 1}(0, 0, time(), 0, "x");
        vm.expectRevert(abi.encodeWithSelector(Rollup.WrongAmount.selector, BOND));
        rollup.commit{value: BOND + 1}(0, 0, time(), 0, "x");
        vm.expectRevert(Rollup.DataLength.selector);
        rollup.commit{value: BOND}(0, 0, time(), 0, "");
        vm.expectRevert(Rollup.DataLength.selector);
        rollup.commit{value: BOND}(0, 0, time(), 0, new bytes(120_001));
        rollup.commit{value: BOND}(0, 0, time(), 0, new bytes(120_000));
        vm.stopPrank();
        record(1, new bytes(120_000), time(), 0, ALICE);
        pass(1);
        commit(ALICE, 1, time(), "x");
    }

    function test_commit_may_lie_back_as_far_as_it_may() public {
        pass(13 hours);
        commit(ALICE, 0, time() - 12 hours, "x");
        commit(ALICE, 0, time() - 12 hours + 1, "x");
        commit(ALICE, 0, time(), "x");
    }

    function test_commit_only_by_plain_accounts() public {
        bytes memory input = abi.encodeCall(Rollup.commit, (0, 0, time(), 0, "x"));
        Middleman middleman = new Middleman();
        vm.prank(ALICE, ALICE);
        vm.expectRevert(Rollup.OnlyPlainAccounts.selector);
        middleman.go{value: BOND}(rollup, input);
        // An account that delegates could call itself, and the input would not be the transaction's.
        uint256 key = 0xDE1E;
        address delegating = vm.addr(key);
        vm.deal(delegating, 1 ether);
        vm.attachDelegation(vm.signDelegation(address(middleman), key));
        vm.prank(delegating, delegating);
        vm.expectRevert(Rollup.OnlyPlainAccounts.selector);
        rollup.commit{value: BOND}(0, 0, time(), 0, "x");
        vm.prank(delegating, delegating);
        vm.expectRevert(Rollup.OnlyPlainAccounts.selector);
        Middleman(delegating).go{value: BOND}(rollup, input);
    }

    function test_commit_and_prove_gas() public {
        vm.prank(ALICE);
        rollup.join{value: STAKE}();
        send(BOB, 1 ether, 21_000);
        pass(1 hours);
        commit(ALICE);
        prove(PROVER, 1, 1, 0);
        pass(12);
        commit(ALICE);
        send(BOB, 1 ether, 21_000);
        pass(12);
        commitAll(dense(), "1,000 bytes, none zero, of the first batches");
        pass(12);
        commitAll(new bytes(1000), "1,000 bytes, all zero, of the first batches");
        pass(12);
        commit(ALICE);
        prove(PROVER, 2, 2, 0);
        // Of it the verifier has 3,600.
        is_(vm.snapshotGasLastCall("l1", "Rollup.prove, one batch") <= 103_600, "a proof costs more than 100,000");
        prove(PROVER, 3, 4, 0);
        vm.snapshotGasLastCall("l1", "Rollup.prove, two batches, with fees");
    }

    function test_items_are_forced() public {
        send(BOB, 1, 5_000_000);
        pass(12);
        send(BOB, 2, 5_000_000);
        pass(12);
        send(BOB, 3, 5_000_000);
        pass(DAY - 24);
        commit(ALICE, 0, time(), "exactly a day: may be left");
        pass(1);
        refusedCommit(
            abi.encodeWithSelector(Rollup.ItemOverdue.selector, 0), rollup.batch(1), 0, time(), 0
        );
        commit(ALICE, 1, time(), "the next is younger");
        pass(30);
        bytes32 tip = rollup.batch(2);
        refusedCommit(
            abi.encodeWithSelector(Rollup.ItemOverdue.selector, 1), tip, queue.rolling(1), time(), 1
        );
        refusedCommit(
            abi.encodeWithSelector(Rollup.ItemOverdue.selector, 2), tip, queue.rolling(2), time(), 2
        );
        commit(ALICE, 3, time(), "all");
    }

    function test_items_that_do_not_fit_wait() public {
        for (uint256 i = 0; i < 3; ++i) {
            send(BOB, i, 5_000_000);
            pass(12);
        }
        pass(2 * DAY);
        bytes memory tooMuch = abi.encodeWithSelector(Rollup.TooMuchItemGas.selector, 12_000_000);
        refusedCommit(tooMuch, 0, queue.rolling(3), time(), 3);
        refusedCommit(
            abi.encodeWithSelector(Rollup.ItemOverdue.selector, 1), 0, queue.rolling(1), time(), 1
        );
        commit(BOB, 2, time(), "the third would not fit");
        pass(1);
        commit(BOB, 3, time(), "now it does");
    }

    /// I11: whatever strangers enqueue between signing and inclusion.
    function test_a_strangers_item_makes_no_commit_stale(uint8 strangers, uint32 gasLimit) public {
        send(BOB, 1, 3_000_000);
        pass(12);
        bytes32 hash = queue.rolling(1);
        uint256 then = time();
        for (uint256 i = 0; i < strangers % 8; ++i) {
            send(CAROL, 0, 21_000 + uint64(gasLimit) % 1_000_000);
        }
        queue.anchor();
        vm.prank(ALICE, ALICE);
        rollup.commit{value: BOND}(0, hash, then, 1, "x");
    }

    // ---- a reorganization of L1 -----------------------------------------------------------------------

    function test_after_a_reorganization_a_commit_reverts() public {
        uint256[2] memory depths = [uint256(1), 64];
        for (uint256 k = 0; k < 2; ++k) {
            uint256 before = vm.snapshotState();
            send(BOB, 1 ether, 21_000);
            for (uint256 n = 0; n < depths[k]; ++n) pass(12);
            bytes32 hash = queue.rolling(1);
            uint256 then = time();
            bytes memory input = abi.encodeCall(Rollup.commit, (0, hash, then, 1, "x"));
            vm.prank(ALICE, ALICE);
            (bool done,) = address(rollup).call{value: BOND}(input);
            is_(done, "the commit is valid");
            vm.revertToState(before);
            // The deposit is gone.
            vm.warp(then);
            vm.prank(ALICE, ALICE);
            (done,) = address(rollup).call{value: BOND}(input);
            is_(!done, "without the deposit it reverts");
            // Another comes in its place.
            send(CAROL, 1 ether, 21_000);
            vm.prank(ALICE, ALICE);
            (done,) = address(rollup).call{value: BOND}(input);
            is_(!done, "after another deposit it reverts");
            // A commit of another in its place.
            vm.revertToState(before);
            send(BOB, 1 ether, 21_000);
            bytes32 same = queue.rolling(1);
            vm.warp(then);
            commit(CAROL, 0, then - 1, "another's");
            bytes memory why = abi.encodeWithSelector(Rollup.PreviousBatch.selector, rollup.batch(1));
            vm.prank(ALICE, ALICE);
            vm.expectRevert(why);
            rollup.commit{value: BOND}(0, same, then, 1, "x");
            vm.revertToState(before);
        }
    }

    // ---- prove ----------------------------------------------------------------------------------------

    function twoBatches() private {
        send(BOB, 1 ether, 21_000);
        pass(12);
        commit(ALICE);
        pass(12);
        queue.anchor();
        pass(12);
        commit(ALICE);
    }

    function test_each_word_of_the_output_counts() public {
        twoBatches();
        bytes32[16] memory good = words(1, 2, 2, PROVER);
        bytes32[16] memory theirs = rollup.publicOutput(1, 2, outcomes[0], outcomes[2], 2, PROVER);
        for (uint256 i = 0; i < 16; ++i) equal(theirs[i], good[i], "a word of the output");
        is_(good[10] == 0 && good[11] != 0 && good[7] != 0 && good[8] != good[9], "words that say something");
        for (uint256 i = 0; i < 16; ++i) {
            for (uint256 bit = 0; bit < 256; bit += 85) {
                bytes32[16] memory bad = words(1, 2, 2, PROVER);
                bad[i] ^= bytes32(uint256(1) << bit);
                vm.prank(PROVER);
                vm.expectRevert(Rollup.ProofRefused.selector);
                rollup.prove(1, 2, outcomes[0], outcomes[2], 2, "", proofOf(bad));
            }
        }
        vm.prank(BOB); // taken from the mempool
        vm.expectRevert(Rollup.ProofRefused.selector);
        rollup.prove(1, 2, outcomes[0], outcomes[2], 2, "", proofOf(good));
        vm.chainId(1);
        vm.prank(PROVER);
        rollup.prove(1, 2, outcomes[0], outcomes[2], 2, "", proofOf(good)); // ids are those of the deployment
        equal(rollup.outcome(2), hashOf(outcomes[2]), "the outcome");
        equal(rollup.outcome(1), 0, "none in between");
    }

    function refusedProof(bytes4 why, uint256 first, uint256 last, Outcome memory pre, Outcome memory post, uint256 faults)
        private
    {
        vm.prank(PROVER);
        vm.expectRevert(why);
        rollup.prove(first, last, pre, post, faults, "", "");
    }

    function test_prove_refuses() public {
        twoBatches();
        bytes4 range = Rollup.WrongRange.selector;
        Outcome memory o0 = outcomes[0];
        Outcome memory o1 = outcomes[1];
        Outcome memory o2 = outcomes[2];
        refusedProof(range, 0, 1, o0, o1, 0);
        refusedProof(range, 1, 3, o0, o2, 0);
        refusedProof(range, 2, 2, o1, o2, 0);
        refusedProof(range, 1, 0, o0, o0, 0);
        refusedProof(range, 1, 2, o0, o2, 4);
        Outcome memory bad = outcomes[0];
        bad.stateRoot = keccak256("another");
        vm.prank(PROVER);
        vm.expectRevert(abi.encodeWithSelector(Rollup.UnknownOutcome.selector, 0));
        rollup.prove(1, 2, bad, o2, 0, "", "");
        bad = outcomes[2];
        bad.lastTime -= 1;
        refusedProof(Rollup.WrongPost.selector, 1, 2, o0, bad, 0);
        bad = outcomes[2];
        bad.queueIndex = 3;
        refusedProof(Rollup.WrongPost.selector, 1, 2, o0, bad, 0);
        vm.prank(PROVER);
        vm.expectRevert(Rollup.BlobsUnsupported.selector);
        rollup.prove(1, 2, o0, o2, 0, hex"00", "");
        prove(PROVER, 1, 1, 0);
        refusedProof(range, 1, 1, o0, o1, 0); // again
        bad = outcomes[2];
        bad.queueIndex = 0;
        refusedProof(Rollup.WrongPost.selector, 2, 2, o1, bad, 0);
        prove(PROVER, 2, 2, 0);
    }

    function test_a_prefix_by_another_worthless_no_longer_proof() public {
        twoBatches();
        bytes memory long = proofOf(words(1, 2, 0, PROVER));
        prove(BOB, 1, 1, 0);
        vm.prank(PROVER);
        rollup.prove(1, 2, outcomes[0], outcomes[2], 0, "", long);
        equal(provenIndex(), 2, "proven");
    }

    function test_a_proof_has_256_batches_at_most() public {
        for (uint256 i = 0; i < 257; ++i) {
            pass(12);
            commit(ALICE);
        }
        refusedProof(Rollup.WrongRange.selector, 1, 257, outcomes[0], outcomes[257], 0);
        prove(PROVER, 1, 256, type(uint256).max);
        vm.snapshotGasLastCall("l1", "Rollup.prove, 256 batches, all of them faults");
        prove(PROVER, 257, 257, 0);
        (uint128 bonds,) = rollup.credit(PROVER);
        equal(bonds, 128 * uint256(BOND), "halves");
        (bonds,) = rollup.credit(ALICE);
        equal(bonds, BOND, "the last one's");
    }

    // ---- epochs ---------------------------------------------------------------------------------------

    function test_epochs() public {
        MockVerifier next = new MockVerifier();
        vm.expectRevert(Verifiers.OnlyGovernor.selector);
        verifiers.propose(address(next), "new");
        vm.startPrank(GOVERNOR);
        verifiers.propose(address(next), "new");
        vm.expectRevert(Verifiers.AnotherIsPending.selector);
        verifiers.propose(address(next), "newer");
        verifiers.cancel();
        vm.expectRevert(Verifiers.NothingIsPending.selector);
        verifiers.cancel();
        verifiers.propose(address(next), "new");
        vm.stopPrank();
        uint256 from = time() + 45 days;
        vm.warp(from - 1);
        vm.roll(number() + 1000);
        commit(ALICE);
        vm.warp(from);
        vm.prank(GOVERNOR);
        vm.expectRevert(Verifiers.NothingIsPending.selector);
        verifiers.cancel();
        vm.prank(GOVERNOR);
        verifiers.propose(address(next), "third"); // the second has begun
        commit(ALICE);
        (uint256 epoch, Verifiers.Epoch memory what) = verifiers.epochOf(from - 1);
        is_(epoch == 0 && what.configHash == CONFIG, "epoch 0");
        (epoch, what) = verifiers.epochOf(from);
        is_(epoch == 1 && what.configHash == "new", "epoch 1");
        vm.prank(PROVER);
        vm.expectRevert(Rollup.TwoEpochs.selector);
        rollup.prove(1, 2, outcomes[0], outcomes[2], 0, "", "");
        prove(PROVER, 1, 1, 0);
        bytes32[16] memory w = words(2, 2, 0, PROVER);
        vm.prank(PROVER);
        vm.expectRevert(Rollup.ProofRefused.selector);
        rollup.prove(2, 2, outcomes[1], outcomes[2], 0, "", proofOf(w)); // about the old configuration
        w[3] = "new";
        vm.prank(PROVER);
        rollup.prove(2, 2, outcomes[1], outcomes[2], 0, "", proofOf(w));
    }

    function test_without_governor_nobody_proposes(address anybody) public {
        Verifiers fixed_ = Verifiers(create("Verifiers", abi.encode(address(0), 45 days, verifier, CONFIG)));
        vm.assume(anybody != address(0));
        vm.prank(anybody);
        vm.expectRevert(Verifiers.OnlyGovernor.selector);
        fixed_.propose(address(verifier), "new");
        vm.expectRevert(Verifiers.NoContract.selector);
        this.creates("Verifiers", abi.encode(address(0), 45 days, address(0x1234567), CONFIG));
    }

    // ---- bonds ----------------------------------------------------------------------------------------

    function bondsOf(address account) private view returns (uint256 bonds) {
        (bonds,) = rollup.credit(account);
    }

    function test_bonds() public {
        pass(12);
        commit(ALICE); // 1: in time
        commit1(BOB); // 2: a fault
        commit1(CAROL); // 3: in time
        commit1(PROVER); // 4: the prover's own
        prove(PROVER, 1, 4, 2);
        equal(bondsOf(ALICE), BOND, "in time: to the committer");
        equal(bondsOf(BOB), 0, "a fault: not");
        equal(bondsOf(CAROL), BOND, "in time, after another's fault");
        equal(bondsOf(PROVER), BOND + BOND / 2, "its own and half of the fault's");
        pass(12);
        commit(ALICE); // 5
        pass(23 hours);
        commit(BOB); // 6
        pass(2 hours);
        prove(PROVER, 5, 5, 0);
        equal(bondsOf(ALICE), BOND, "too late");
        equal(bondsOf(PROVER), 2 * BOND, "half of it");
        pass(23 hours); // 25 hours after the commit, but 23 after the last proof
        prove(PROVER, 6, 6, 0);
        equal(bondsOf(BOB), BOND, "a heavy batch before costs the honest nothing");
        uint256 before = ALICE.balance;
        vm.prank(ALICE);
        rollup.withdrawCredit();
        equal(ALICE.balance, before + BOND, "paid");
        vm.prank(ALICE);
        vm.expectRevert(Rollup.NothingToDo.selector);
        rollup.withdrawCredit();
    }

    function commit1(address committer) private {
        pass(12);
        commit(committer);
    }

    function test_fees_go_to_the_prover() public {
        send(ALICE, 1 ether, 1_000_000);
        send(BOB, 1 ether, 500_000);
        pass(12);
        commit(ALICE, 1, time(), "x");
        pass(12);
        commit(ALICE, 2, time(), "x");
        prove(PROVER, 1, 1, 0);
        prove(CAROL, 1, 2, 0); // overlaps: no fee twice
        uint256 p = PROVER.balance;
        uint256 c = CAROL.balance;
        vm.prank(PROVER);
        bridge.withdrawFees();
        vm.prank(CAROL);
        bridge.withdrawFees();
        equal(PROVER.balance - p, 1_000_000 * uint256(FLOOR), "of item 0");
        equal(CAROL.balance - c, 500_000 * uint256(FLOOR), "of item 1");
        vm.prank(CAROL);
        vm.expectRevert();
        bridge.withdrawFees();
        vm.expectRevert(Rollup.OnlyBridge.selector);
        rollup.takeFees(CAROL);
        equal(address(queue).balance, 2 ether, "the deposits stay");
    }

    // ---- operators ------------------------------------------------------------------------------------

    function join(address operator) private {
        vm.prank(operator);
        rollup.join{value: STAKE}();
    }

    function slotStart(uint256 slot) private {
        vm.warp(slot * 1 hours);
        vm.roll(number() + 300);
    }

    function test_turns() public {
        uint256 slot = time() / 1 hours;
        equal(rollup.leader(time()), address(0), "no seats");
        join(ALICE);
        join(BOB);
        join(ALICE);
        vm.warp(time() + 1);
        commit(CAROL); // no operator is active in this slot
        equal(rollup.leader(time()), address(0), "they count from the next slot");
        slotStart(slot + 1);
        for (uint256 s = slot + 1; s < slot + 7; ++s) {
            slotStart(s);
            address leader = rollup.leader(time());
            equal(leader, s % 3 == 1 ? BOB : ALICE, "turns by seats");
            address other = leader == ALICE ? BOB : ALICE;
            bytes32 tip = rollup.batch(s - slot);
            bytes memory no = abi.encodeWithSelector(Rollup.NotTheLeader.selector, leader);
            vm.prank(other, other);
            vm.expectRevert(no);
            rollup.commit{value: BOND}(tip, 0, time(), 0, "x");
            vm.warp(s * 1 hours + 30 minutes - 1);
            vm.prank(other, other);
            vm.expectRevert(no);
            rollup.commit{value: BOND}(tip, 0, time(), 0, "x");
            vm.prank(CAROL, CAROL);
            vm.expectRevert(no);
            rollup.commit{value: BOND}(tip, 0, time(), 0, "x");
            vm.warp(s * 1 hours + 30 minutes);
            vm.prank(CAROL, CAROL);
            vm.expectRevert(no);
            rollup.commit{value: BOND}(tip, 0, time(), 0, "x"); // no operator
            commit(other);
        }
    }

    function test_anybody_where_operators_sleep() public {
        join(ALICE);
        pass(2 hours);
        commit(ALICE);
        pass(DAY);
        bytes32 tip = rollup.batch(1);
        bytes memory no = abi.encodeWithSelector(Rollup.NotTheLeader.selector, ALICE);
        vm.prank(CAROL, CAROL);
        vm.expectRevert(no);
        rollup.commit{value: BOND}(tip, 0, time(), 0, "x");
        is_(!rollup.isOpen(), "exactly a day: closed");
        pass(1);
        is_(rollup.isOpen(), "no commit for more than a day: open");
        commit(CAROL);
        is_(!rollup.isOpen(), "closed by it");
        // An item that waits, beside an operator that commits without it as long as it may.
        send(BOB, 1, 21_000);
        uint256 sent = time();
        pass(DAY);
        commit(ALICE, 0, time(), "without");
        pass(12 hours);
        is_(!rollup.isOpen(), "exactly a day and a half: closed");
        tip = rollup.batch(3);
        vm.prank(CAROL, CAROL);
        vm.expectRevert(no);
        rollup.commit{value: BOND}(tip, 0, time(), 0, "x");
        pass(1);
        is_(rollup.isOpen() && time() == sent + DAY + 12 hours + 1, "then open");
        commit(CAROL);
        is_(!rollup.isOpen(), "closed by the one that took it");
    }

    function test_leaving() public {
        join(ALICE);
        join(BOB);
        pass(2 hours);
        uint256 slot = time() / 1 hours;
        address now_ = rollup.leader(time());
        vm.prank(now_);
        rollup.leave();
        equal(rollup.leader(time()), now_, "its turn goes on to the slot's end");
        address other = now_ == ALICE ? BOB : ALICE;
        for (uint256 s = slot + 1; s < slot + 4; ++s) equal(rollup.leader(s * 1 hours), other, "then it is out");
        vm.startPrank(now_);
        vm.expectRevert(Rollup.NothingToDo.selector);
        rollup.leave();
        vm.expectRevert(Rollup.TooEarly.selector);
        rollup.withdrawStake();
        vm.warp((slot + 1) * 1 hours + 30 days - 1);
        vm.expectRevert(Rollup.TooEarly.selector);
        rollup.withdrawStake();
        vm.warp((slot + 1) * 1 hours + 30 days);
        uint256 before = now_.balance;
        rollup.withdrawStake();
        equal(now_.balance, before + STAKE, "the stake");
        vm.expectRevert(Rollup.NothingToDo.selector);
        rollup.withdrawStake();
        vm.stopPrank();
        vm.prank(other);
        vm.expectRevert(Rollup.TooEarly.selector);
        rollup.withdrawStake();
    }

    function test_seats_end_and_are_used_again() public {
        for (uint256 i = 0; i < 16; ++i) join(ALICE);
        vm.prank(BOB);
        vm.expectRevert(Rollup.AllSeatsTaken.selector);
        rollup.join{value: STAKE}();
        vm.prank(BOB);
        vm.expectRevert(abi.encodeWithSelector(Rollup.WrongAmount.selector, STAKE));
        rollup.join{value: 1}();
        pass(1 hours);
        vm.prank(ALICE);
        rollup.leave();
        vm.prank(BOB);
        vm.expectRevert(Rollup.AllSeatsTaken.selector); // they end with the slot
        rollup.join{value: STAKE}();
        pass(1 hours);
        join(BOB);
        equal(rollup.seatCount(), 16, "seats");
        equal(rollup.leader(time()), address(0), "nobody's turn in this slot");
        pass(1 hours);
        equal(rollup.leader(time()), BOB, "then his");
    }

    function test_faults_are_slashed() public {
        join(ALICE);
        join(ALICE);
        pass(1 hours);
        for (uint256 i = 1; i <= 9; ++i) {
            pass(12);
            if (rollup.leader(time()) == address(0)) break;
            commit(ALICE);
            prove(PROVER, i, i, 1);
            (uint128 amount,, uint8 n) = rollup.stake(ALICE);
            equal(amount, i < 8 ? 2 * STAKE - SLASH * i : 0, "the stake");
            equal(n, i <= 4 ? 1 : 0, "seats");
            if (i == 8) break;
        }
        pass(1 hours);
        equal(rollup.leader(time()), address(0), "out");
        vm.prank(ALICE);
        vm.expectRevert(Rollup.NothingToDo.selector);
        rollup.withdrawStake();
    }

    // ---- drop, freeze ---------------------------------------------------------------------------------

    function test_drop() public {
        vm.expectRevert(Rollup.NothingToDo.selector);
        rollup.drop();
        send(BOB, 1 ether, 21_000);
        pass(12);
        commit(ALICE);
        prove(PROVER, 1, 1, 0);
        pass(20 days);
        uint256 committed = time();
        commit(ALICE); // 2
        pass(DAY);
        commit(BOB); // 3
        vm.warp(committed + 14 days - 1);
        vm.expectRevert(Rollup.TooEarly.selector);
        rollup.drop();
        vm.warp(committed + 14 days);
        rollup.drop();
        (uint256 index,,) = head();
        equal(index, 1, "the tip");
        vm.prank(PROVER);
        vm.expectRevert(Rollup.WrongRange.selector);
        rollup.prove(2, 2, outcomes[1], outcomes[2], 0, "", "");
        commit(CAROL); // another 2
        vm.expectRevert(Rollup.TooEarly.selector);
        rollup.drop();
        prove(PROVER, 2, 2, 0);
        equal(bondsOf(BOB), 0, "bonds of what was dropped are burned");
        equal(bondsOf(ALICE), BOND, "of batch 1 alone");
        equal(bondsOf(CAROL), BOND, "the new one's");
    }

    function test_freeze() public {
        vm.warp(time() + 400 days);
        vm.expectRevert(Rollup.NothingToDo.selector); // nothing waits
        rollup.freeze();
        uint256 sent = time();
        send(BOB, 1 ether, 21_000);
        vm.warp(sent + 120 days - 1);
        vm.expectRevert(Rollup.TooEarly.selector);
        rollup.freeze();
        uint256 before = vm.snapshotState();
        commit(ALICE);
        prove(PROVER, 1, 1, 0);
        send(BOB, 1 ether, 21_000);
        vm.warp(sent + 120 days);
        vm.expectRevert(Rollup.TooEarly.selector); // there was a proof
        rollup.freeze();
        vm.revertToState(before);
        vm.warp(sent + 120 days - 2);
        commit(ALICE);
        vm.warp(sent + 120 days);
        rollup.freeze();
        vm.expectRevert(Rollup.IsFrozen.selector);
        rollup.freeze();
        vm.expectRevert(Rollup.IsFrozen.selector);
        rollup.drop();
        bytes memory proof = proofOf(words(1, 1, 0, PROVER));
        vm.prank(PROVER);
        vm.expectRevert(Rollup.IsFrozen.selector);
        rollup.prove(1, 1, outcomes[0], outcomes[1], 0, "", proof);
        bytes32 tip = rollup.batch(1);
        vm.prank(ALICE, ALICE);
        vm.expectRevert(Rollup.IsFrozen.selector);
        rollup.commit{value: BOND}(tip, 0, time(), 0, "x");
        vm.prank(ALICE);
        vm.expectRevert(Rollup.IsFrozen.selector);
        rollup.join{value: STAKE}();
    }

    // ---- views ----------------------------------------------------------------------------------------

    struct Query {
        uint256 b;
        uint64 height;
        uint32 index;
        bytes32 txHash;
        bytes32[32] batchPath;
        bytes32[16] txPath;
    }

    function verified(Query memory q) private view returns (bool) {
        return rollup.verifyTransaction(1, outcomes[1], q.b, q.batchPath, q.height, q.index, q.txHash, q.txPath);
    }

    function parent(bytes32 node, uint256 place, bytes32 sibling) private pure returns (bytes32) {
        return keccak256(place & 1 == 0 ? bytes.concat(node, sibling) : bytes.concat(sibling, node));
    }

    function test_transactions_are_verified(bytes32 txHash, uint16 index, uint64 height, bytes32 noise) public {
        Query memory q;
        (q.b, q.height, q.index, q.txHash) = (1, height, index, txHash);
        bytes32 node = keccak256(bytes.concat(hex"00", bytes8(height), bytes4(uint32(index)), txHash));
        for (uint256 i = 0; i < 16; ++i) {
            q.txPath[i] = keccak256(abi.encode(noise, i));
            node = parent(node, index >> i, q.txPath[i]);
        }
        for (uint256 i = 0; i < 32; ++i) {
            q.batchPath[i] = keccak256(abi.encode(noise, i, "batch"));
            node = parent(node, 1 >> i, q.batchPath[i]);
        }
        pass(12);
        commit(ALICE);
        outcomes[1].batchTree = node;
        prove(PROVER, 1, 1, 0);
        is_(verified(q), "it is there");
        q.b = 0;
        is_(!verified(q), "not in batch 0");
        q.b = 2;
        is_(!verified(q), "not in a later batch");
        q.b = 1;
        q.height ^= 1;
        is_(!verified(q), "in no other block");
        q.height ^= 1;
        q.index ^= 1;
        is_(!verified(q), "at no other place");
        q.index = uint32(index) + (1 << 16);
        is_(!verified(q), "at no place beyond the tree");
        q.index = index;
        q.txHash = ~txHash;
        is_(!verified(q), "no other transaction");
        q.txHash = txHash;
        is_(verified(q), "it is still there");
        outcomes[1].stateRoot = 0;
        vm.expectRevert(abi.encodeWithSelector(Rollup.UnknownOutcome.selector, 1));
        this.verify(q);
    }

    function verify(Query calldata q) external view returns (bool) {
        return verified(q);
    }

    // ---- constructors, DevVerifier --------------------------------------------------------------------

    /// Something that can revert as a call does.
    function creates(string calldata name, bytes calldata arguments) external {
        create(name, arguments);
    }

    function deploy(Rollup.Config memory c) private {
        this.creates("Rollup", abi.encode(queue, verifiers, address(bridge), c, genesis));
    }

    function test_parameters_that_contradict_each_other() public {
        Rollup.Config memory c = config();
        deploy(c);
        c.freezeDelay = 45 days + 28 days;
        vm.expectRevert(Rollup.WrongParameters.selector);
        deploy(c);
        c = config();
        c.itemGas = 9_999_999;
        vm.expectRevert(Rollup.WrongParameters.selector);
        deploy(c);
        c = config();
        c.unprovenMax = 0;
        vm.expectRevert(Rollup.WrongParameters.selector);
        deploy(c);
    }

    /// Sums of times that would be cut to 40 bits: a stake that is free at once, an upgrade that began long ago.
    function test_times_are_not_cut() public {
        Rollup.Config memory c = config();
        c.stakeDelay = type(uint40).max - uint40(time());
        vm.expectRevert(Rollup.WrongParameters.selector);
        deploy(c);
        c = config();
        c.slotTime = type(uint40).max / 2 + 1;
        vm.expectRevert(Rollup.WrongParameters.selector);
        deploy(c);
        c = config();
        c.freezeDelay = type(uint40).max;
        uint256 never = type(uint40).max - time() + 1;
        address late = create("Verifiers", abi.encode(GOVERNOR, never, verifier, CONFIG));
        vm.expectRevert(Rollup.WrongParameters.selector);
        this.creates("Rollup", abi.encode(queue, late, address(bridge), c, genesis));
        (c.freezeDelay, c.stakeDelay, c.slotTime) = (type(uint32).max, type(uint32).max, type(uint32).max);
        deploy(c);
    }

    function test_sizes() public view {
        address[4] memory all = [address(queue), address(verifiers), address(rollup), address(bridge)];
        for (uint256 i = 0; i < 4; ++i) is_(all[i].code.length <= 24_576, "a contract is larger than 24 KiB");
    }

    function test_deployer_is_its_owners() public {
        Deployer deployer = Deployer(create("Deployer", ""));
        bytes[4] memory codes = [bytes(hex"60015f5260205ff3"), hex"60015f5260205ff3", hex"60015f5260205ff3", hex"5f5ffd"];
        vm.prank(BOB);
        vm.expectRevert(Deployer.OnlyOwner.selector);
        deployer.deploy(codes);
        vm.expectRevert(abi.encodeWithSelector(Deployer.CreationFailed.selector, 4));
        deployer.deploy(codes); // all or none
        codes[3] = codes[0];
        deployer.deploy(codes);
        vm.expectRevert(Deployer.DeployedAlready.selector);
        deployer.deploy(codes);
    }

    function test_DevVerifier() public {
        uint256 key = 0xA77E57;
        DevVerifier dev = DevVerifier(create("DevVerifier", abi.encode(vm.addr(key))));
        bytes32 digest = keccak256("digest");
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        is_(dev.check(digest, abi.encodePacked(r, s, v)), "the attester's word");
        is_(!dev.check(keccak256("another"), abi.encodePacked(r, s, v)), "about another digest");
        is_(!dev.check(digest, abi.encodePacked(r, s)), "cut");
        is_(!dev.check(digest, ""), "nothing");
        bytes32 n = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
        bytes32 high = bytes32(uint256(n) - uint256(s));
        is_(!dev.check(digest, abi.encodePacked(r, high, uint8(55 - v))), "the other signature");
        (v, r, s) = vm.sign(key + 1, digest);
        is_(!dev.check(digest, abi.encodePacked(r, s, v)), "another's word");
        vm.expectRevert(DevVerifier.NoAttester.selector);
        this.creates("DevVerifier", abi.encode(address(0)));
        uint256[4] memory chains = [uint256(1), 11155111, 560048, 1338];
        for (uint256 i = 0; i < 4; ++i) {
            vm.chainId(chains[i]);
            vm.expectRevert(DevVerifier.OnlyForDevelopment.selector);
            dev.check(digest, abi.encodePacked(r, s, v));
            vm.expectRevert(DevVerifier.OnlyForDevelopment.selector);
            this.creates("DevVerifier", abi.encode(ALICE));
        }
        vm.chainId(1337);
        this.creates("DevVerifier", abi.encode(ALICE));
    }
}
