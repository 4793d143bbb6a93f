// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {L1Block} from "./L1Block.sol";
import {Predeploys} from "./Predeploys.sol";

/// @title Prices, by the names that wallets and libraries for rollups ask for
/// @notice Transactions pay nothing for L1 in this version: a batch's bytes are the committer's expense.
contract GasPriceOracle {
    /// @notice What a transaction pays for L1, in wei: nothing.
    function getL1Fee(bytes calldata) external pure returns (uint256) {
        return 0;
    }

    /// @notice The most that a transaction of this size may pay for L1, in wei: nothing.
    function getL1FeeUpperBound(uint256) external pure returns (uint256) {
        return 0;
    }

    /// @notice Gas that a transaction is charged for L1: none.
    function getL1GasUsed(bytes calldata) external pure returns (uint256) {
        return 0;
    }

    /// @notice L1's base fee as L2 knows it, in wei.
    function l1BaseFee() external view returns (uint256) {
        return L1Block(Predeploys.L1_BLOCK).basefee();
    }

    /// @notice L1's blob base fee as L2 knows it, in wei.
    function blobBaseFee() external view returns (uint256) {
        return L1Block(Predeploys.L1_BLOCK).blobBaseFee();
    }

    /// @notice This block's base fee, in wei.
    function baseFee() external view returns (uint256) {
        return block.basefee;
    }

    /// @notice The least price of gas in this block, in wei.
    function gasPrice() external view returns (uint256) {
        return block.basefee;
    }

    /// @notice Decimals of scalars, of which there are none yet.
    function decimals() external pure returns (uint256) {
        return 6;
    }

    /// @notice Whose fees these are.
    function version() external pure returns (string memory) {
        return "ashlar-1";
    }
}
