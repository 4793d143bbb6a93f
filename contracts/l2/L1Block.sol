// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Predeploys} from "./Predeploys.sol";

/// @title What L2 knows of L1's blocks
/// @notice The Queue on L1 sends it, when somebody calls its anchor(): it may be a day and a half old.
contract L1Block {
    /// @notice The Queue on L1. Slot 0, set in the genesis.
    address public queue;
    /// @notice Number of the L1 block. Slot 0.
    uint64 public number;
    /// @notice Its base fee, in wei. Slot 1.
    uint128 public basefee;
    /// @notice Its blob base fee, in wei. Slot 1.
    uint128 public blobBaseFee;
    /// @notice Its hash. Slot 2.
    bytes32 public hash;

    /// @notice A newer block is known.
    event Updated(uint64 number, bytes32 hash, uint128 basefee, uint128 blobBaseFee);

    error OnlyQueue();

    /// @notice Only for the Queue on L1, under its alias.
    /// @param number_ of the L1 block
    /// @param hash_ of it
    /// @param basefee_ at L1 when it was sent, in wei
    /// @param blobBaseFee_ the same of blobs
    function update(uint64 number_, bytes32 hash_, uint128 basefee_, uint128 blobBaseFee_) external {
        if (msg.sender != Predeploys.aliased(queue)) revert OnlyQueue();
        number = number_;
        basefee = basefee_;
        blobBaseFee = blobBaseFee_;
        hash = hash_;
        emit Updated(number_, hash_, basefee_, blobBaseFee_);
    }
}
