// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IVerifier} from "./IVerifier.sol";

/// @title Which proofs count, by the time of the batch
/// @notice The only thing that can change. A new verifier is for batches from UPGRADE_DELAY after its proposal on; earlier
/// ones keep theirs for ever. A batch's epoch is the latest that begins at or before its last block's time, so nothing that
/// is proposed or cancelled later moves it.
contract Verifiers {
    struct Epoch {
        IVerifier verifier;
        uint40 from;
        bytes32 configHash;
    }

    /// @notice Who may propose; zero: nobody, ever.
    address public immutable GOVERNOR;
    /// @notice Seconds from a proposal to its effect.
    uint256 public immutable UPGRADE_DELAY;

    /// @notice All epochs; the last may be pending.
    Epoch[] public epochs;

    /// @notice An epoch will begin.
    event Proposed(uint256 indexed epoch, IVerifier verifier, bytes32 configHash, uint256 from);
    /// @notice It will not.
    event Cancelled(uint256 indexed epoch);

    error OnlyGovernor();
    error AnotherIsPending();
    error NothingIsPending();
    error NoContract();

    /// @param governor who may propose; zero: nobody
    /// @param upgradeDelay seconds from a proposal to its effect
    /// @param verifier of epoch 0
    /// @param configHash hash of the chain's configuration that proofs of epoch 0 are about
    constructor(address governor, uint256 upgradeDelay, IVerifier verifier, bytes32 configHash) {
        if (address(verifier).code.length == 0) revert NoContract();
        GOVERNOR = governor;
        UPGRADE_DELAY = upgradeDelay;
        epochs.push(Epoch(verifier, 0, configHash));
        emit Proposed(0, verifier, configHash, 0);
    }

    modifier onlyGovernor() {
        if (msg.sender != GOVERNOR) revert OnlyGovernor();
        _;
    }

    /// @notice Announces an epoch that begins UPGRADE_DELAY from now. One at a time.
    /// @param verifier of its proofs
    /// @param configHash of the configuration that they are about
    function propose(IVerifier verifier, bytes32 configHash) external onlyGovernor {
        if (isPending()) revert AnotherIsPending();
        if (address(verifier).code.length == 0) revert NoContract();
        uint256 from = block.timestamp + UPGRADE_DELAY;
        epochs.push(Epoch(verifier, uint40(from), configHash));
        emit Proposed(epochs.length - 1, verifier, configHash, from);
    }

    /// @notice Takes back what has not begun.
    function cancel() external onlyGovernor {
        if (!isPending()) revert NothingIsPending();
        epochs.pop();
        emit Cancelled(epochs.length);
    }

    /// @notice The epoch of a batch.
    /// @param lastTime of the batch's last block
    /// @return number of the epoch
    /// @return epoch its verifier, the time from which on batches are of it, and its configuration
    function epochOf(uint256 lastTime) external view returns (uint256 number, Epoch memory epoch) {
        number = epochs.length - 1;
        while (epochs[number].from > lastTime) --number;
        epoch = epochs[number];
    }

    /// @notice How many epochs there are, with a pending one.
    function count() external view returns (uint256) {
        return epochs.length;
    }

    /// @notice Whether the last epoch has not begun.
    function isPending() public view returns (bool) {
        return epochs[epochs.length - 1].from > block.timestamp;
    }
}
