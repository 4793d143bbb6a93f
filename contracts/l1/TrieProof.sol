// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @title Proofs by eth_getProof: what stands in the state, and that something does not
/// @notice Any bytes give a result or revert with MalformedProof. Nodes are checked against their hashes, so that with a
/// root of a real trie a proof shows presence or absence; encodings that are not canonical, nodes that are not needed and
/// nodes that are missing are refused.
/// @dev Ethereum yellow paper, appendices B (RLP), C (hex-prefix) and D (trie). Keys have 32 bytes: those of the state and
/// of storage are hashes. Positions are absolute ones in the calldata.
library TrieProof {
    bytes32 internal constant EMPTY_TRIE = 0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421;
    bytes32 internal constant EMPTY_CODE = 0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470;

    struct Account {
        bool exists;
        uint256 nonce;
        uint256 balance;
        bytes32 storageRoot;
        bytes32 codeHash;
    }

    error MalformedProof();

    /// @notice An account of the state. One that is absent has no balance and the hash of no code.
    /// @param stateRoot of the block
    /// @param owner its address
    /// @param proof nodes from the root down, accountProof of eth_getProof
    function account(bytes32 stateRoot, address owner, bytes[] calldata proof)
        internal
        pure
        returns (Account memory found)
    {
        (uint256 at, uint256 length) = find(stateRoot, keccak256(abi.encodePacked(owner)), proof);
        if (length == 0) {
            found.storageRoot = EMPTY_TRIE;
            found.codeHash = EMPTY_CODE;
            return found;
        }
        uint256 end = at + length;
        (bool list, uint256 start, uint256 size) = item(at, end);
        require_(list && start + size == end);
        found.exists = true;
        (found.nonce, start) = number(start, end);
        (found.balance, start) = number(start, end);
        (found.storageRoot, start) = word(start, end);
        (found.codeHash, start) = word(start, end);
        require_(start == end);
    }

    /// @notice A word of an account's storage; zero where it is absent.
    /// @param storageRoot of the account
    /// @param slot its place
    /// @param proof nodes from the root down, storageProof[].proof of eth_getProof
    function storageAt(bytes32 storageRoot, bytes32 slot, bytes[] calldata proof) internal pure returns (uint256 value) {
        (uint256 at, uint256 length) = find(storageRoot, keccak256(abi.encodePacked(slot)), proof);
        if (length == 0) return 0;
        uint256 next;
        (value, next) = number(at, at + length);
        require_(value != 0 && next == at + length);
    }

    /// @dev Where the value of a key stands; length 0 where the trie does not have the key.
    function find(bytes32 root, bytes32 key, bytes[] calldata proof) private pure returns (uint256, uint256) {
        if (root == EMPTY_TRIE) return (0, 0);
        uint256 used = 0; // nodes of the proof
        uint256 depth = 0; // nibbles of the key
        uint256 at; // the node, or where it is a hash, the child's item in its parent
        uint256 end;
        bytes32 hash = root;
        bool inlined = false;
        while (true) {
            if (!inlined) {
                require_(used < proof.length);
                bytes calldata node = proof[used++];
                require_(keccak256(node) == hash);
                assembly ("memory-safe") {
                    at := node.offset
                }
                end = at + node.length;
            }
            (bool list, uint256 start, uint256 length) = item(at, end);
            require_(list && start + length == end);
            uint256 child;
            {
                (bool pathIsList, uint256 path, uint256 pathLength) = item(start, end);
                child = path + pathLength;
                (list, at, length) = item(child, end);
                if (at + length == end) {
                    // A leaf or an extension: two items.
                    require_(!pathIsList);
                    (bool leaf, bool matches, uint256 nibbles) = follow(key, depth, path, pathLength);
                    depth += nibbles;
                    if (leaf) {
                        require_(depth == 64 && !list && length != 0 && used == proof.length);
                        return matches ? (at, length) : (uint256(0), uint256(0));
                    }
                    require_(nibbles != 0 && (list || length == 32));
                    if (!matches) {
                        require_(used == proof.length);
                        return (0, 0);
                    }
                } else {
                    require_(depth < 64);
                    child = branch(start, end, (uint256(key) >> (252 - 4 * depth)) & 15);
                    ++depth;
                    (list, at, length) = item(child, end);
                    if (!list && length == 0) {
                        require_(used == proof.length);
                        return (0, 0);
                    }
                }
            }
            // The child: a node of less than 32 bytes within its parent, or the hash of the next one.
            inlined = list;
            if (list) {
                end = at + length;
                at = child;
            } else {
                require_(length == 32);
                hash = load(at);
            }
        }
        return (0, 0);
    }

    /// @dev Compares a hex-prefix path with the key from a depth on.
    function follow(bytes32 key, uint256 depth, uint256 path, uint256 pathLength)
        private
        pure
        returns (bool leaf, bool matches, uint256 nibbles)
    {
        require_(pathLength != 0 && pathLength <= 33);
        uint256 flags = uint256(load(path)) >> 248;
        require_(flags < 0x40);
        leaf = flags & 0x20 != 0;
        uint256 expected;
        if (flags & 0x10 != 0) {
            nibbles = 2 * pathLength - 1;
            expected = uint256(load(path)) << 4;
        } else {
            require_(flags & 0x0f == 0);
            nibbles = 2 * pathLength - 2;
            expected = uint256(load(path + 1));
        }
        require_(depth + nibbles <= 64);
        matches = nibbles == 0 || ((uint256(key) << (4 * depth)) ^ expected) >> (256 - 4 * nibbles) == 0;
    }

    /// @dev Where a branch's child stands. Sixteen children and no value, to the end.
    function branch(uint256 at, uint256 end, uint256 nibble) private pure returns (uint256 child) {
        for (uint256 i = 0; i < 16; ++i) {
            if (i == nibble) child = at;
            uint256 first = uint256(load(at)) >> 248;
            if (first == 0xa0) {
                at += 33;
            } else if (first == 0x80) {
                at += 1;
            } else {
                (, uint256 start, uint256 length) = item(at, end);
                at = start + length;
            }
        }
        require_(at + 1 == end && uint256(load(at)) >> 248 == 0x80);
    }

    /// @dev An RLP item that ends at `end` or before.
    function item(uint256 at, uint256 end) private pure returns (bool list, uint256 start, uint256 length) {
        require_(at < end);
        uint256 bytes_ = uint256(load(at));
        uint256 first = bytes_ >> 248;
        if (first < 0x80) return (false, at, 1);
        list = first >= 0xc0;
        length = first - (list ? 0xc0 : 0x80);
        start = at + 1;
        if (length > 55) {
            uint256 size = length - 55;
            length = (bytes_ << 8) >> (256 - 8 * size);
            start += size;
            require_(length > 55 && length >> (8 * (size - 1)) != 0);
        } else if (!list && length == 1) {
            require_((bytes_ << 8) >> 248 >= 0x80);
        }
        require_(start + length <= end);
    }

    /// @dev An integer without leading zeros.
    function number(uint256 at, uint256 end) private pure returns (uint256 value, uint256 next) {
        (bool list, uint256 start, uint256 length) = item(at, end);
        require_(!list && length <= 32);
        if (length != 0) {
            value = uint256(load(start)) >> (256 - 8 * length);
            require_(value >> (8 * (length - 1)) != 0);
        }
        next = start + length;
    }

    /// @dev A string of 32 bytes.
    function word(uint256 at, uint256 end) private pure returns (bytes32 value, uint256 next) {
        (bool list, uint256 start, uint256 length) = item(at, end);
        require_(!list && length == 32);
        value = load(start);
        next = start + length;
    }

    function load(uint256 at) private pure returns (bytes32 value) {
        assembly ("memory-safe") {
            value := calldataload(at)
        }
    }

    function require_(bool condition) private pure {
        if (!condition) revert MalformedProof();
    }
}
