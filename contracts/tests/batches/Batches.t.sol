// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Outcome, Rollup} from "made/Contracts.sol";
import {L1, MockVerifier} from "../L1.sol";

/// Batches that the guest program has derived, on L1: build/contracts/batches.json has them, with the digest of the guest's
/// public output (tests/rollup/full/l1_test.sh). L1 must come to the same digest, and to no other.
contract BatchesTest is L1 {
    address private constant OWNER = 0xdE00000000000000000000000000000000000091;
    address private constant COMMITTER = 0xC000000000000000000000000000000000000004;
    address private constant THE_PROVER = 0x9400000000000000000000000000000000000005;

    string private json;
    uint256 private flipped;
    uint256 private included;

    function word(bytes memory words, uint256 i) private pure returns (bytes32 w) {
        assembly ("memory-safe") {
            w := mload(add(add(words, 32), mul(32, i)))
        }
    }

    function outcomeOf(bytes memory w) private pure returns (Outcome memory) {
        return Outcome(
            word(w, 0),
            word(w, 1),
            word(w, 2),
            word(w, 3),
            uint64(uint256(word(w, 4))),
            uint64(uint256(word(w, 5))),
            uint64(uint256(word(w, 6)))
        );
    }

    function setUp() public override {
        json = vm.readFile("../build/contracts/batches.json");
        genesis = outcomeOf(vm.parseJsonBytes(json, ".genesis"));
        vm.warp(genesis.lastTime);
        vm.roll(1000);
        verifier = new MockVerifier();
        deployAll(OWNER, vm.parseJsonBytes32(json, ".configHash"));
        require(address(queue) == vm.parseJsonAddress(json, ".queue"), "the Queue is not where the configuration has it");
        vm.deal(COMMITTER, 1000 ether);
    }

    function sendItem(bytes memory item) private {
        address sender = address(uint160(uint256(word(item, 1))));
        uint256 mint = uint256(word(item, 3));
        uint64 gasLimit = uint64(uint256(word(item, 5)));
        bytes memory data = new bytes(item.length - 192);
        for (uint256 i = 0; i < data.length; ++i) data[i] = item[192 + i];
        uint256 fee = queue.fee(gasLimit);
        vm.deal(sender, mint + fee);
        vm.prank(sender, sender);
        queue.send{value: mint + fee}(
            address(uint160(uint256(word(item, 2)))), uint256(word(item, 0)) == 2, uint256(word(item, 4)), gasLimit, data
        );
    }

    function test_the_guests_digest_is_that_of_L1() public {
        Outcome memory pre = genesis;
        uint256 count = 0;
        for (;; ++count) {
            string memory at = string.concat(".batches[", vm.toString(count), "]");
            if (!vm.keyExistsJson(json, at)) break;
            bytes[] memory items = vm.parseJsonBytesArray(json, string.concat(at, ".items"));
            for (uint256 i = 0; i < items.length; ++i) sendItem(items[i]);
            Outcome memory post = outcomeOf(vm.parseJsonBytes(json, string.concat(at, ".post")));
            pass(post.lastTime - pre.lastTime);
            bytes32 previous = rollup.batch(count);
            bytes32 queueHash = queue.rolling(post.queueIndex);
            bytes memory data = vm.parseJsonBytes(json, string.concat(at, ".data"));
            vm.prank(COMMITTER, COMMITTER);
            rollup.commit{value: BOND}(previous, queueHash, post.lastTime, post.queueIndex, data);
            proveIt(count + 1, pre, post, at);
            pre = post;
        }
        require(count >= 10, "too few batches");
        require(flipped == 16 * count, "words");
        require(included >= count / 4, "transactions");
    }

    function proveIt(uint256 index, Outcome memory pre, Outcome memory post, string memory at) private {
        bytes32 digest = vm.parseJsonBytes32(json, string.concat(at, ".digest"));
        uint256 faults = vm.parseJsonUint(json, string.concat(at, ".fault"));
        bytes32[16] memory w = rollup.publicOutput(index, index, pre, post, faults, THE_PROVER);
        equal(keccak256(abi.encode(w)), digest, "the guest's digest");
        // Each word counts: with any other the digest is another, and the proof of it is refused.
        for (uint256 i = 0; i < 16; ++i) {
            w[i] ^= bytes32(uint256(1) << (7 * i));
            bytes memory other = abi.encode("proof", keccak256(abi.encode(w)));
            w[i] ^= bytes32(uint256(1) << (7 * i));
            vm.prank(THE_PROVER);
            vm.expectRevert(Rollup.ProofRefused.selector);
            rollup.prove(index, index, pre, post, faults, "", other);
            ++flipped;
        }
        vm.prank(THE_PROVER);
        rollup.prove(index, index, pre, post, faults, "", abi.encode("proof", digest));
        showInclusion(index, post, vm.parseJsonBytes(json, string.concat(at, ".inclusion")));
    }

    function showInclusion(uint256 index, Outcome memory post, bytes memory w) private {
        if (w.length == 0) return;
        bytes32[16] memory path;
        bytes32[32] memory batchPath;
        for (uint256 i = 0; i < 16; ++i) path[i] = word(w, 3 + i);
        for (uint256 i = 0; i < 32; ++i) batchPath[i] = word(w, 19 + i);
        uint64 number = uint64(uint256(word(w, 0)));
        uint32 place = uint32(uint256(word(w, 1)));
        bytes32 hash = word(w, 2);
        require(rollup.verifyTransaction(index, post, index, batchPath, number, place, hash, path), "inclusion");
        require(!rollup.verifyTransaction(index, post, index, batchPath, number + 1, place, hash, path), "block");
        require(!rollup.verifyTransaction(index, post, index, batchPath, number, place ^ 1, hash, path), "place");
        require(!rollup.verifyTransaction(index, post, index, batchPath, number, place, ~hash, path), "transaction");
        ++included;
    }
}
