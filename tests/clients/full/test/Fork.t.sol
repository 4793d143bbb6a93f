// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// On a fork of the node, after Lay has run.
contract ForkTest {
    address private constant RICH = 0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC;

    function test_sees_the_chain() external view {
        require(block.chainid == 1337 && block.number > 0, "another chain");
        require(RICH.balance > 10000 ether, "an older state");
    }
}
