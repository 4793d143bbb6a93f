// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";

/// @title What leaves L2
/// @notice Each message is a leaf of an append-only Merkle tree of depth 32 whose root the batch's proof reads from slot 0.
/// Ether that is sent along stays here for ever: L1 pays it out of what was deposited.
/// @dev leaf = keccak256(abi.encode(index, from, to, value, keccak256(data))), 160 bytes; node = keccak256(left ‖ right),
/// 64 bytes; leaves that are not there yet are zero. Before the first message the root is zero, which has no path.
contract MessagePasser {
    /// @notice The tree's root. Slot 0: the guest program reads it there.
    bytes32 public root;
    /// @dev Slots 1 to 32: of each level the last subtree that is complete and a left child.
    bytes32[32] private frontier;
    /// @notice How many messages there are. Slot 33.
    uint256 public count;

    /// @notice A message was added.
    event WithdrawalInitiated(
        uint256 indexed index, address indexed from, address indexed to, uint256 value, bytes data, bytes32 leaf
    );

    error TreeFull();

    /// @notice Sends value and data to L1. The value is paid there with empty calldata; the data is for `to` to read.
    /// @param to who is paid on L1
    /// @param data what a contract on L1 may check by Bridge.isMessage
    /// @return index the message's place in the tree
    function initiateWithdrawal(address to, bytes calldata data) external payable returns (uint256 index) {
        index = count;
        if (index == type(uint32).max) revert TreeFull();
        count = index + 1;
        bytes32 leaf = keccak256(abi.encode(index, msg.sender, to, msg.value, keccak256(data)));
        bytes32 node = leaf;
        bytes32 zero;
        bool kept;
        for (uint256 level = 0; level < 32; ++level) {
            if ((index >> level) & 1 == 1) {
                node = Hashes.efficientKeccak256(frontier[level], node);
            } else {
                if (!kept) {
                    frontier[level] = node;
                    kept = true;
                }
                node = Hashes.efficientKeccak256(node, zero);
            }
            zero = Hashes.efficientKeccak256(zero, zero);
        }
        root = node;
        emit WithdrawalInitiated(index, msg.sender, to, msg.value, data, leaf);
    }
}
