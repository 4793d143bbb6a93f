// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @title Addresses that are the same on every rollup
library Predeploys {
    address internal constant WETH9 = 0x4200000000000000000000000000000000000006;
    address internal constant GAS_PRICE_ORACLE = 0x420000000000000000000000000000000000000F;
    address internal constant L2_BRIDGE = 0x4200000000000000000000000000000000000010;
    address internal constant L1_BLOCK = 0x4200000000000000000000000000000000000015;
    address internal constant MESSAGE_PASSER = 0x4200000000000000000000000000000000000016;

    /// @notice Where a contract of L1 appears as a sender on L2. An account that signs appears under its own address.
    /// @param sender the contract on L1
    /// @return its address on L2; the sum wraps at 2^160
    function aliased(address sender) internal pure returns (address) {
        unchecked {
            return address(uint160(sender) + uint160(0x1111000000000000000000000000000000001111));
        }
    }
}
