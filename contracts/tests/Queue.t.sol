// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {L1Block, Queue} from "made/Contracts.sol";
import {Predeploys} from "../l2/Predeploys.sol";
import {L1} from "./L1.sol";
import {Vm} from "./Test.sol";

/// Sends from its constructor, when it has no code yet; later for whoever asks.
contract Caller {
    constructor(Queue queue) payable {
        if (msg.value != 0) queue.send{value: msg.value}(address(1), false, 0, 21_000, "");
    }

    function send(Queue queue) external payable {
        queue.send{value: msg.value}(address(1), false, 0, 21_000, "");
    }
}

contract QueueTest is L1 {
    function test_item_is_hashed_as_designed() public {
        send(BOB, 1 ether, 21_000);
        bytes32 before = queue.rolling(1);
        bytes memory data = hex"00010203";
        uint256 fee = uint256(FLOOR) * 100_000;
        vm.prank(ALICE, ALICE);
        queue.send{value: 5 ether}(BOB, false, 7 ether, 100_000, data);
        equal(
            queue.rolling(2),
            keccak256(
                abi.encode(
                    before, uint256(1), uint256(1), ALICE, ALICE, BOB, 5 ether - fee, 7 ether, fee, uint256(100_000),
                    time(), keccak256(data)
                )
            ),
            "the rolling hash of a call"
        );
        vm.prank(ALICE, ALICE);
        queue.send{value: fee}(address(0), true, 3, 100_000, data);
        equal(
            queue.rolling(3),
            keccak256(
                abi.encode(
                    queue.rolling(2), uint256(2), uint256(2), ALICE, ALICE, address(0), uint256(0), uint256(3), fee,
                    uint256(100_000), time(), keccak256(data)
                )
            ),
            "the rolling hash of a creation"
        );
        (uint40 at, uint64 gasSum, uint128 feeSum) = queue.info(3);
        equal(at, time(), "time");
        equal(gasSum, 221_000, "gas");
        equal(feeSum, uint256(FLOOR) * 221_000, "fees");
        equal(address(queue).balance, 1 ether + uint256(FLOOR) * 21_000 + 5 ether + fee, "ether that is here");
        equal(queue.count(), 3, "the count");
    }

    function test_deposit_gas() public {
        send(BOB, 1 ether, 21_000);
        pass(12);
        uint256 fee = queue.fee(21_000);
        vm.prank(ALICE, ALICE);
        address to = address(uint160(uint256(keccak256("to")))); // without zeros
        queue.send{value: fee + 1 ether}(to, false, 1 ether, 21_000, "");
        is_(vm.snapshotGasLastCall("l1", "Queue.send, ether") <= 85_000, "a deposit costs more than 85,000");
    }

    // ---- who acts on L2 -------------------------------------------------------------------------------

    function recordedFrom() private returns (address from) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        return address(uint160(uint256(logs[logs.length - 1].topics[3])));
    }

    function test_who_acts_on_L2() public {
        uint256 fee = queue.fee(21_000);
        vm.recordLogs();
        vm.prank(ALICE, ALICE);
        queue.send{value: fee}(address(1), false, 0, 21_000, "");
        equal(recordedFrom(), ALICE, "who signs acts as itself");

        vm.deal(address(this), 10 ether);
        Caller caller = new Caller{value: fee}(queue);
        equal(recordedFrom(), Predeploys.aliased(address(caller)), "a contract without code yet: its alias");
        caller.send{value: fee}(queue);
        equal(recordedFrom(), Predeploys.aliased(address(caller)), "a contract: its alias");

        // An account that delegates and is called by another's transaction: it still has the key.
        uint256 key = 0xDE1E;
        address delegating = vm.addr(key);
        vm.attachDelegation(vm.signDelegation(address(new Caller(queue)), key));
        vm.prank(BOB, BOB);
        Caller(delegating).send{value: fee}(queue);
        equal(delegating.code.length, 23, "a delegation");
        equal(recordedFrom(), delegating, "an account that delegates acts as itself");

        // 23 bytes that are no delegation.
        vm.etch(CAROL, hex"60005f526001000000000000000000000000000000000000");
        vm.prank(CAROL, BOB);
        queue.send{value: fee}(address(1), false, 0, 21_000, "");
        equal(recordedFrom(), Predeploys.aliased(CAROL), "other code of 23 bytes: its alias");
    }

    // ---- what an item must be -------------------------------------------------------------------------

    function slowIntrinsic(bool isCreation, bytes memory data) private pure returns (uint256) {
        uint256 tokens;
        for (uint256 i = 0; i < data.length; ++i) tokens += data[i] == 0 ? 1 : 4;
        uint256 a = 21_000 + 4 * tokens + (isCreation ? 32_000 + 2 * ((data.length + 31) / 32) : 0);
        uint256 b = 21_000 + 10 * tokens;
        return a > b ? a : b;
    }

    function test_intrinsic_gas_is_a_transactions(bool isCreation, bytes memory data, bytes32 thin) public view {
        // Thinned out, so that zeros are as frequent as not.
        for (uint256 i = 0; i < data.length; ++i) if ((uint256(thin) >> (i % 256)) & 1 == 1) data[i] = 0;
        equal(queue.intrinsicGas(isCreation, data), slowIntrinsic(isCreation, data), "gas");
    }

    function test_intrinsic_gas_of_every_byte_and_length() public view {
        for (uint256 n = 0; n <= 67; ++n) {
            bytes memory data = new bytes(n);
            equal(queue.intrinsicGas(false, data), slowIntrinsic(false, data), "zeros");
            for (uint256 i = 0; i < n; ++i) data[i] = bytes1(uint8(37 * n + 91 * i));
            equal(queue.intrinsicGas(true, data), slowIntrinsic(true, data), "mixed");
        }
        for (uint256 b = 0; b < 256; ++b) {
            bytes memory data = abi.encodePacked(uint8(b), uint8(255 - b), uint8(b));
            equal(queue.intrinsicGas(false, data), slowIntrinsic(false, data), "a byte");
        }
    }

    function refused(bytes memory why, address to, bool isCreation, uint64 gasLimit, bytes memory data, uint256 value)
        private
    {
        vm.prank(ALICE, ALICE);
        vm.expectRevert(why);
        queue.send{value: value}(to, isCreation, 0, gasLimit, data);
    }

    function test_what_an_item_may_not_be() public {
        refused(abi.encodeWithSelector(Queue.GasTooLow.selector, 21_000), BOB, false, 20_999, "", 1 ether);
        refused(abi.encodeWithSelector(Queue.GasTooLow.selector, 21_040), BOB, false, 21_039, hex"01", 1 ether);
        refused(abi.encodeWithSelector(Queue.GasTooLow.selector, 53_018), address(0), true, 53_017, hex"01", 1 ether);
        refused(abi.encodeWithSelector(Queue.GasTooHigh.selector, 10_000_000), BOB, false, 10_000_001, "", 1 ether);
        refused(
            abi.encodeWithSelector(Queue.DataTooLong.selector, 16384), BOB, false, 9_000_000, new bytes(16385), 1 ether
        );
        refused(abi.encodePacked(Queue.CreationHasNoTo.selector), BOB, true, 100_000, "", 1 ether);
        uint256 fee = queue.fee(21_000);
        refused(abi.encodeWithSelector(Queue.FeeTooLow.selector, fee), BOB, false, 21_000, "", fee - 1);
        equal(queue.count(), 0, "nothing was taken");
    }

    // ---- the price ------------------------------------------------------------------------------------

    function test_price_follows_what_is_bought() public {
        equal(queue.fee(1), FLOOR, "the floor");
        for (uint256 i = 0; i < 8; ++i) {
            send(ALICE, 0, 10_000_000);
            refused(abi.encodePacked(Queue.BlockFull.selector), BOB, false, 21_000, "", 1 ether);
            pass(12);
        }
        is_(queue.fee(1) > 12 * uint256(FLOOR) && queue.fee(1) < 13 * uint256(FLOOR), "times 12 after 8 full blocks");
        uint256 high = queue.fee(1);
        send(ALICE, 0, 2_500_000);
        equal(queue.fee(1), high, "within a block it stays");
        pass(12);
        equal(queue.fee(1), high, "and at the target");
        pass(12);
        equal(queue.fee(1), high - high / 8, "an empty block: an eighth less");
        vm.roll(number() + 1_000_000);
        equal(queue.fee(1), FLOOR, "the floor again");
        send(ALICE, 0, 21_000);
    }

    function test_price_ends_where_its_word_does() public {
        // sold: a full block before; price: nearly the most.
        bytes32 slot = bytes32(uint256(2));
        uint256 packed = (uint256(10_000_000) << 168) | (uint256(number()) << 128) | (uint256(type(uint64).max - 9) << 64);
        vm.store(address(queue), slot, bytes32(packed));
        equal(queue.status().price, type(uint64).max - 9, "the place of the price");
        pass(12);
        equal(queue.fee(1), type(uint64).max, "the most");
    }

    function test_only_the_bridge_says_who_is_paid(address stranger) public {
        send(BOB, 1 ether, 21_000);
        vm.assume(stranger != address(bridge));
        vm.prank(stranger);
        vm.expectRevert(Queue.OnlyBridge.selector);
        queue.pay(stranger, 1);
    }

    // ---- L1's blocks, and the end ---------------------------------------------------------------------

    function test_anchor_tells_of_the_parent_once_a_block() public {
        vm.recordLogs();
        queue.anchor();
        Vm.Log[] memory logs = vm.getRecordedLogs();
        (,,,,,,, bytes memory data) =
            abi.decode(logs[0].data, (uint256, address, uint256, uint256, uint256, uint256, uint256, bytes));
        bytes memory expected = abi.encodeCall(
            L1Block.update,
            (uint64(number() - 1), blockhash(number() - 1), uint128(block.basefee), uint128(block.blobbasefee))
        );
        equal(data, expected, "what it says");
        equal(
            queue.rolling(1),
            keccak256(
                abi.encode(
                    bytes32(0), uint256(0), uint256(1), address(queue), Predeploys.aliased(address(queue)),
                    Predeploys.L1_BLOCK, uint256(0), uint256(0), uint256(0), uint256(100_000), time(),
                    keccak256(data)
                )
            ),
            "its item"
        );
        vm.expectRevert(Queue.AnchoredInThisBlock.selector);
        queue.anchor();
        pass(12);
        queue.anchor();
        is_(queue.intrinsicGas(false, data) < 100_000, "its gas is enough to begin");
    }

    function test_freeze_is_rollups(address stranger) public {
        vm.assume(stranger != address(rollup));
        vm.prank(stranger);
        vm.expectRevert(Queue.OnlyRollup.selector);
        queue.freeze();
        vm.prank(address(rollup));
        queue.freeze();
        refused(abi.encodePacked(Queue.QueueFrozen.selector), BOB, false, 21_000, "", 1 ether);
        vm.expectRevert(Queue.QueueFrozen.selector);
        queue.anchor();
    }
}
