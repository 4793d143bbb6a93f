// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Outcome, Rollup, TrieProof} from "made/Contracts.sol";
import {L1} from "./L1.sol";

/// The library in Rollup's views, on outcomes with any root.
contract TrieProofTest is L1 {
    address private constant HOLDER = address(0x401de4);

    Outcome private post;

    function rooted(bytes32 root) private {
        post.stateRoot = root;
        Outcome memory o = post;
        vm.store(address(rollup), keccak256(abi.encode(uint256(0), uint256(0))), hashOf(o)); // outcome[0]
    }

    function getAccount(bytes32 root, address owner, bytes[] memory proof) private returns (TrieProof.Account memory) {
        rooted(root);
        return rollup.getAccount(0, post, owner, proof);
    }

    /// A state of one account, which has this storage.
    function holding(bytes32 root) private returns (bytes[] memory proof) {
        bytes memory account =
            list(bytes.concat(hex"8080", short(abi.encode(root)), short(abi.encode(keccak256("code")))));
        proof = new bytes[](1);
        bytes32 key = keccak256(abi.encodePacked(HOLDER));
        proof[0] = list(bytes.concat(path(key, 0, 64, true), bytes.concat(hex"b8", bytes1(uint8(account.length)), account)));
        rooted(keccak256(proof[0]));
    }

    function getStorage(bytes32 root, bytes32 slot, bytes[] memory proof) private returns (uint256) {
        bytes[] memory own = holding(root);
        return rollup.getStorage(0, post, HOLDER, slot, own, proof);
    }

    string private file;
    string[6] private names = ["alice", "absent", "contract", "delegating", "proxy", "nobody"];

    function setUp() public override {
        super.setUp();
        file = vm.readFile("tests/proofs.json");
    }

    function at(string memory name, string memory what) private pure returns (string memory) {
        return string.concat(".accounts.", name, ".", what);
    }

    function test_proofs_of_a_node() public {
        bytes32 root = vm.parseJsonBytes32(file, ".stateRoot");
        bytes32 tokenStorage = vm.parseJsonBytes32(file, ".tokenStorage");
        TrieProof.Account memory token =
            getAccount(root, vm.parseJsonAddress(file, ".l2Token"), vm.parseJsonBytesArray(file, ".tokenProof"));
        equal(token.storageRoot, tokenStorage, "the token's storage");
        for (uint256 i = 0; i < names.length; ++i) {
            string memory n = names[i];
            TrieProof.Account memory a = getAccount(
                root, vm.parseJsonAddress(file, at(n, "address")), vm.parseJsonBytesArray(file, at(n, "proof"))
            );
            is_(a.exists == (i != 1 && i != 5), "whether it is there");
            equal(a.nonce, vm.parseJsonUint(file, at(n, "nonce")), "a nonce");
            equal(a.balance, vm.parseJsonUint(file, at(n, "balance")), "a balance");
            if (a.exists) {
                equal(a.codeHash, vm.parseJsonBytes32(file, at(n, "codeHash")), "a code's hash");
                equal(a.storageRoot, vm.parseJsonBytes32(file, at(n, "storageHash")), "a storage's root");
            } else {
                equal(a.codeHash, keccak256(""), "no code");
                equal(a.storageRoot, keccak256(hex"80"), "no storage");
            }
            equal(
                getStorage(
                    tokenStorage,
                    vm.parseJsonBytes32(file, at(n, "slot")),
                    vm.parseJsonBytesArray(file, at(n, "balanceProof"))
                ),
                vm.parseJsonUint(file, at(n, "held")),
                "a balance of the token"
            );
        }
    }

    function refused(bytes32 root, address owner, bytes[] memory proof) private {
        rooted(root);
        vm.expectRevert(Rollup.MalformedProof.selector);
        rollup.getAccount(0, post, owner, proof);
    }

    function test_every_node_and_byte_counts() public {
        bytes32 root = vm.parseJsonBytes32(file, ".stateRoot");
        for (uint256 k = 0; k < 2; ++k) {
            string memory n = names[k]; // one that is there, one that is not
            address owner = vm.parseJsonAddress(file, at(n, "address"));
            bytes[] memory good = vm.parseJsonBytesArray(file, at(n, "proof"));
            getAccount(root, owner, good);
            bytes[] memory bad;
            for (uint256 i = 0; i < good.length; ++i) {
                // one left out; one doubled; one changed, at places through it
                bad = new bytes[](good.length - 1);
                for (uint256 j = 0; j < bad.length; ++j) bad[j] = good[j < i ? j : j + 1];
                refused(root, owner, bad);
                bad = new bytes[](good.length + 1);
                for (uint256 j = 0; j < bad.length; ++j) bad[j] = good[j <= i ? j : j - 1];
                refused(root, owner, bad);
                for (uint256 b = 0; b < good[i].length; b += 13) {
                    good[i][b] ^= 0x01;
                    refused(root, owner, good);
                    good[i][b] ^= 0x01;
                }
            }
            bad = new bytes[](0);
            refused(root, owner, bad);
            refused(~root, owner, good);
            // Another account's proof shows nothing of this one.
            rooted(root);
            (bool done, bytes memory said) = address(rollup).staticcall(
                abi.encodeCall(Rollup.getAccount, (0, post, address(uint160(owner) ^ 1), good))
            );
            if (done) is_(!abi.decode(said, (TrieProof.Account)).exists, "another account is not there");
        }
    }

    // ---- tries made by hand ---------------------------------------------------------------------------

    function short(bytes memory s) private pure returns (bytes memory) {
        return s.length == 1 && s[0] < 0x80 ? s : bytes.concat(bytes1(uint8(0x80 + s.length)), s);
    }

    function list(bytes memory s) private pure returns (bytes memory) {
        if (s.length < 56) return bytes.concat(bytes1(uint8(0xc0 + s.length)), s);
        if (s.length < 256) return bytes.concat(hex"f8", bytes1(uint8(s.length)), s);
        return bytes.concat(hex"f9", bytes2(uint16(s.length)), s);
    }

    /// Nibbles `from` to `to` of the key, in hex-prefix.
    function path(bytes32 key, uint256 from, uint256 to, bool leaf) private pure returns (bytes memory p) {
        uint256 count = to - from;
        p = new bytes(count / 2 + 1);
        uint256 flags = (leaf ? 2 : 0) + count % 2;
        p[0] = bytes1(uint8(flags << 4));
        uint256 place = 2 - count % 2;
        for (uint256 i = from; i < to; ++i) {
            uint8 nibble = uint8(uint256(key) >> (252 - 4 * i)) & 15;
            p[place / 2] |= bytes1(place % 2 == 0 ? nibble << 4 : nibble);
            ++place;
        }
        p = short(p);
    }

    /// A leaf of less than 32 bytes stands in its parent itself; nodes above it are an extension and a branch.
    function test_nodes_within_their_parents() public {
        for (uint256 n = 0; n < 16; ++n) {
            bytes32 slot = bytes32(n);
            bytes32 key = keccak256(abi.encode(slot));
            bytes memory leaf = list(bytes.concat(path(key, 10, 64, true), short(short(hex"2a"))));
            is_(leaf.length < 32, "it is small enough");
            bytes memory children;
            uint256 nibble = uint256(key) >> (252 - 36) & 15;
            for (uint256 i = 0; i < 17; ++i) {
                children = bytes.concat(
                    children,
                    i == nibble
                        ? leaf
                        : i == 16 ? bytes(hex"80") : i % 3 == 0 ? bytes(hex"80") : short(abi.encode(keccak256(abi.encode(i))))
                );
            }
            bytes memory branch = list(children);
            bytes memory extension = list(bytes.concat(path(key, 0, 9, false), short(abi.encode(keccak256(branch)))));
            bytes[] memory proof = new bytes[](2);
            (proof[0], proof[1]) = (extension, branch);
            equal(getStorage(keccak256(extension), slot, proof), 42, "the value");
            // Another key leaves the extension: absent, by one node.
            proof = new bytes[](1);
            proof[0] = extension;
            equal(getStorage(keccak256(extension), ~slot, proof), 0, "another key");
        }
    }

    /// A leaf of another key stands where this one's would: absent, with another account's or word's value before the eyes.
    function test_a_leaf_of_another_path() public {
        bytes32 key = keccak256(abi.encode(bytes32(0)));
        bytes[] memory proof = new bytes[](1);
        proof[0] = list(bytes.concat(path(key, 0, 64, true), short(short(hex"2a"))));
        equal(getStorage(keccak256(proof[0]), 0, proof), 42, "the value");
        for (uint256 i = 0; i < 64; ++i) {
            bytes32 other = key ^ bytes32(uint256(1) << (4 * i));
            proof[0] = list(bytes.concat(path(other, 0, 64, true), short(short(hex"2a"))));
            equal(getStorage(keccak256(proof[0]), 0, proof), 0, "a word of another path");
        }
        bytes[] memory own = holding(keccak256("storage"));
        bytes32 root = keccak256(own[0]);
        is_(getAccount(root, HOLDER, own).exists, "the account");
        TrieProof.Account memory a = getAccount(root, address(uint160(HOLDER) ^ 1), own);
        is_(!a.exists && a.codeHash == keccak256("") && a.storageRoot == keccak256(hex"80"), "another is not there");
    }

    function test_an_empty_trie_has_nothing() public {
        bytes[] memory none = new bytes[](0);
        equal(getStorage(keccak256(hex"80"), 0, none), 0, "a word");
        is_(!getAccount(keccak256(hex"80"), address(1), none).exists, "an account");
    }

    function test_values_are_canonical() public {
        bytes32 key = keccak256(abi.encode(bytes32(0)));
        bytes[6] memory bad =
            [bytes(hex"8200ff"), hex"00", hex"8105", hex"80", hex"c0", hex"83ffff"]; // as RLP of the word
        for (uint256 i = 0; i < bad.length; ++i) {
            bytes[] memory proof = new bytes[](1);
            proof[0] = list(bytes.concat(path(key, 0, 64, true), short(bad[i])));
            bytes32 root = keccak256(proof[0]);
            bytes[] memory own = holding(root);
            vm.expectRevert(Rollup.MalformedProof.selector);
            rollup.getStorage(0, post, HOLDER, 0, own, proof);
        }
    }

    // ---- hostile bytes --------------------------------------------------------------------------------

    function total(bytes32 root, bytes[] memory proof) private {
        rooted(root);
        (bool done, bytes memory said) =
            address(rollup).staticcall{gas: 3_000_000}(abi.encodeCall(Rollup.getAccount, (0, post, address(1), proof)));
        if (!done) equal(said, abi.encodePacked(Rollup.MalformedProof.selector), "how it is refused");
        bytes[] memory own = holding(root);
        (done, said) = address(rollup).staticcall{gas: 3_000_000}(
            abi.encodeCall(Rollup.getStorage, (0, post, HOLDER, 0, own, proof))
        );
        if (!done) equal(said, abi.encodePacked(Rollup.MalformedProof.selector), "how it is refused");
    }

    /// Any bytes as a node whose hash the root is: a result or MalformedProof, never another error.
    function test_any_bytes_as_a_node(bytes memory node, uint8 head) public {
        bytes[] memory proof = new bytes[](1);
        proof[0] = node;
        total(keccak256(node), proof);
        proof[0] = list(node.length > 1000 ? bytes("") : node);
        total(keccak256(proof[0]), proof);
        proof[0] = bytes.concat(bytes1(head | 0x80), node);
        total(keccak256(proof[0]), proof);
    }

    /// Real nodes with bytes changed and hashes made right again.
    function test_changed_nodes_with_their_own_hash(uint256 which, uint256 place, bytes1 change) public {
        bytes[] memory proof = vm.parseJsonBytesArray(file, at(names[which % 6], "proof"));
        bytes[] memory one = new bytes[](1);
        bytes memory node = proof[(which >> 8) % proof.length];
        node[place % node.length] = change;
        one[0] = node;
        total(keccak256(node), one);
    }
}
