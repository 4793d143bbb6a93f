// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {BridgedToken, GasPriceOracle, L1Block, L2Bridge, MessagePasser, WETH9} from "made/Contracts.sol";
import {Predeploys} from "../l2/Predeploys.sol";
import {Test} from "./Test.sol";

/// The predeploys of L2, with the code that is checked in.
contract L2Test is Test {
    MessagePasser private constant passer = MessagePasser(Predeploys.MESSAGE_PASSER);
    L2Bridge private constant bridge = L2Bridge(Predeploys.L2_BRIDGE);
    L1Block private constant l1Block = L1Block(Predeploys.L1_BLOCK);
    address private constant L1_BRIDGE = address(0xB001);
    address private constant L1_QUEUE = address(0xFFfFfFffFFfffFFfFFfFFFFFffFFFffffFfFFFfF); // its alias wraps
    address private constant TOKEN = address(0x70CE);
    address private constant ALICE = address(0xA11CE);
    address private constant BOB = address(0xB0B);

    function setUp() public {
        string memory genesis = vm.readFile("l2/predeploys.json");
        for (uint256 i = 0; i < 6; ++i) {
            string memory at = string.concat(".predeploys[", vm.toString(i), "]");
            bytes memory code = vm.parseJsonBytes(genesis, string.concat(at, ".code"));
            equal(keccak256(code), vm.parseJsonBytes32(genesis, string.concat(at, ".codeHash")), "a code and its hash");
            vm.etch(vm.parseJsonAddress(genesis, string.concat(at, ".address")), code);
        }
        vm.store(address(bridge), 0, bytes32(uint256(uint160(L1_BRIDGE))));
        vm.store(address(l1Block), 0, bytes32(uint256(uint160(L1_QUEUE))));
    }

    function test_genesis_knows_L1() public view {
        equal(bridge.bridge(), L1_BRIDGE, "the bridge");
        equal(l1Block.queue(), L1_QUEUE, "the queue");
        equal(Predeploys.aliased(L1_BRIDGE), 0x111100000000000000000000000000000000C112, "an alias");
        equal(Predeploys.aliased(L1_QUEUE), 0x1111000000000000000000000000000000001110, "an alias that wraps");
    }

    // ---- MessagePasser --------------------------------------------------------------------------------

    /// The root of a tree of depth 32 with these leaves, the slow way.
    function slowRoot(bytes32[] memory leaves) private pure returns (bytes32) {
        bytes32 zero;
        uint256 n = leaves.length;
        for (uint256 level = 0; level < 32; ++level) {
            for (uint256 i = 0; i < n; i += 2) {
                leaves[i / 2] = keccak256(bytes.concat(leaves[i], i + 1 < n ? leaves[i + 1] : zero));
            }
            n = (n + 1) / 2;
            zero = keccak256(bytes.concat(zero, zero));
        }
        return leaves[0];
    }

    function test_message_tree_is_that_of_its_leaves() public {
        vm.deal(ALICE, 1 ether);
        equal(vm.load(address(passer), 0), 0, "a root before the first message");
        for (uint256 n = 1; n <= 37; ++n) {
            bytes memory data = abi.encodePacked("message", n);
            vm.prank(ALICE);
            equal(passer.initiateWithdrawal{value: n}(address(uint160(n)), data), n - 1, "an index");
            bytes32[] memory leaves = new bytes32[](n);
            for (uint256 i = 0; i < n; ++i) {
                leaves[i] = keccak256(
                    abi.encode(i, ALICE, address(uint160(i + 1)), i + 1, keccak256(abi.encodePacked("message", i + 1)))
                );
            }
            equal(vm.load(address(passer), 0), slowRoot(leaves), "the root in slot 0");
        }
        equal(passer.count(), 37, "the count");
        equal(address(passer).balance, 37 * 38 / 2, "ether that stays");
    }

    /// Every pattern of carries up to the last place but one: from a state as it would be after `count` messages, two more.
    function test_message_tree_at_high_places(uint32 count) public {
        vm.assume(count < type(uint32).max - 1);
        bytes32[32] memory frontier;
        for (uint256 i = 0; i < 32; ++i) {
            frontier[i] = keccak256(abi.encode("complete subtree", i));
            vm.store(address(passer), bytes32(1 + i), frontier[i]);
        }
        vm.store(address(passer), bytes32(uint256(33)), bytes32(uint256(count)));
        for (uint256 k = 0; k < 2; ++k) {
            uint256 place = uint256(count) + k;
            passer.initiateWithdrawal(BOB, "");
            bytes32 node = keccak256(abi.encode(place, address(this), BOB, 0, keccak256("")));
            bytes32 zero;
            bool complete = true;
            for (uint256 i = 0; i < 32; ++i) {
                if ((place >> i) & 1 == 1) {
                    node = keccak256(bytes.concat(frontier[i], node));
                } else {
                    if (complete) frontier[i] = node;
                    complete = false;
                    node = keccak256(bytes.concat(node, zero));
                }
                zero = keccak256(bytes.concat(zero, zero));
            }
            equal(passer.root(), node, "the root");
        }
    }

    function test_message_tree_ends() public {
        vm.store(address(passer), bytes32(uint256(33)), bytes32(uint256(type(uint32).max)));
        vm.expectRevert(MessagePasser.TreeFull.selector);
        passer.initiateWithdrawal(BOB, "");
    }

    // ---- L2Bridge -------------------------------------------------------------------------------------

    function deposit(address to, uint256 amount) private {
        vm.prank(Predeploys.aliased(L1_BRIDGE));
        bridge.finalizeDeposit(TOKEN, ALICE, to, amount, "Hewn Stone", "HEWN", 7);
    }

    function test_first_deposit_creates_the_token() public {
        deposit(BOB, 5);
        vm.snapshotGasLastCall("l2", "finalizeDeposit, a new token");
        BridgedToken token = BridgedToken(bridge.tokenOf(TOKEN));
        equal(token.balanceOf(BOB), 5, "a balance");
        equal(vm.load(address(token), keccak256(abi.encode(BOB, 0))), bytes32(uint256(5)), "balances in slot 0");
        equal(token.l1Token(), TOKEN, "its token on L1");
        equal(bytes(token.name()), "Hewn Stone", "its name");
        equal(bytes(token.symbol()), "HEWN", "its symbol");
        equal(token.decimals(), 7, "its decimals");
        equal(
            address(token).codehash,
            vm.parseJsonBytes32(vm.readFile("l2/predeploys.json"), ".bridgedToken.codeHash"),
            "the one code hash"
        );
        equal(
            address(token),
            address(
                uint160(
                    uint256(
                        keccak256(
                            abi.encodePacked(
                                hex"ff",
                                address(bridge),
                                uint256(uint160(TOKEN)),
                                vm.parseJsonBytes32(vm.readFile("l2/predeploys.json"), ".bridgedToken.creationHash")
                            )
                        )
                    )
                )
            ),
            "its address"
        );
        deposit(BOB, 6);
        equal(token.totalSupply(), 11, "a second deposit");
    }

    function test_only_the_bridge_of_L1_mints(address stranger) public {
        vm.assume(stranger != Predeploys.aliased(L1_BRIDGE));
        vm.prank(stranger);
        vm.expectRevert(L2Bridge.OnlyBridge.selector);
        bridge.finalizeDeposit(TOKEN, ALICE, BOB, 1, "", "", 0);
        deposit(BOB, 1);
        BridgedToken token = BridgedToken(bridge.tokenOf(TOKEN));
        vm.assume(stranger != address(bridge));
        vm.startPrank(stranger);
        vm.expectRevert(BridgedToken.OnlyBridge.selector);
        token.mint(stranger, 1);
        vm.expectRevert(BridgedToken.OnlyBridge.selector);
        token.burn(BOB, 1);
        vm.expectRevert(BridgedToken.OnlyBridge.selector);
        token.initialize(BOB, "", "", 0);
        vm.stopPrank();
    }

    function withdrawalLeaf(uint256 index, address to, uint256 amount) private pure returns (bytes32) {
        return keccak256(abi.encode(index, Predeploys.L2_BRIDGE, L1_BRIDGE, 0, keccak256(abi.encode(TOKEN, to, amount))));
    }

    function rootOf(bytes32 leaf) private pure returns (bytes32) {
        bytes32[] memory leaves = new bytes32[](1);
        leaves[0] = leaf;
        return slowRoot(leaves);
    }

    function test_withdrawal_burns_and_sends() public {
        deposit(BOB, 5);
        vm.prank(BOB);
        bridge.withdraw(TOKEN, ALICE, 3);
        BridgedToken token = BridgedToken(bridge.tokenOf(TOKEN));
        equal(token.balanceOf(BOB), 2, "a balance");
        equal(token.totalSupply(), 2, "the supply");
        equal(passer.root(), rootOf(withdrawalLeaf(0, ALICE, 3)), "the message");
        vm.startPrank(BOB);
        vm.expectRevert();
        bridge.withdraw(TOKEN, ALICE, 3);
        vm.expectRevert(L2Bridge.ToZero.selector);
        bridge.withdraw(TOKEN, address(0), 1);
        vm.expectRevert();
        bridge.withdraw(BOB, ALICE, 1); // no such token
        vm.stopPrank();
        equal(passer.count(), 1, "messages");
    }

    function test_deposit_that_cannot_be_minted_goes_back() public {
        deposit(address(0), 5);
        equal(passer.root(), rootOf(withdrawalLeaf(0, ALICE, 5)), "to nobody: the message");
        equal(BridgedToken(bridge.tokenOf(TOKEN)).totalSupply(), 0, "nothing minted");
        deposit(BOB, type(uint256).max);
        deposit(BOB, 1);
        equal(passer.count(), 2, "a supply beyond 2^256: another message");
        equal(BridgedToken(bridge.tokenOf(TOKEN)).balanceOf(BOB), type(uint256).max, "the balance stays");
    }

    // ---- the others -----------------------------------------------------------------------------------

    function test_L1Block_is_the_queues(address stranger) public {
        vm.assume(stranger != Predeploys.aliased(L1_QUEUE));
        vm.prank(stranger);
        vm.expectRevert(L1Block.OnlyQueue.selector);
        l1Block.update(1, bytes32(uint256(2)), 3, 4);
    }

    function test_L1Block_is_updated() public {
        vm.prank(Predeploys.aliased(L1_QUEUE));
        l1Block.update(1, bytes32(uint256(2)), 3, 4);
        is_(vm.snapshotGasLastCall("l2", "L1Block.update, the first") < 100_000, "gas of an anchor");
        equal(l1Block.number(), 1, "number");
        equal(l1Block.hash(), bytes32(uint256(2)), "hash");
        equal(l1Block.basefee(), 3, "base fee");
        equal(l1Block.blobBaseFee(), 4, "blob base fee");
        equal(l1Block.queue(), L1_QUEUE, "the queue stays");
        GasPriceOracle oracle = GasPriceOracle(Predeploys.GAS_PRICE_ORACLE);
        equal(oracle.l1BaseFee(), 3, "the oracle's base fee");
        equal(oracle.blobBaseFee(), 4, "the oracle's blob base fee");
        equal(oracle.getL1Fee("transaction"), 0, "the fee for L1");
        vm.fee(77);
        equal(oracle.gasPrice(), 77, "the price of gas");
    }

    function test_WETH9() public {
        WETH9 weth = WETH9(payable(Predeploys.WETH9));
        vm.deal(ALICE, 3 ether);
        vm.startPrank(ALICE);
        weth.deposit{value: 1 ether}();
        (bool sent,) = address(weth).call{value: 1 ether}("");
        is_(sent, "by receive");
        equal(weth.balanceOf(ALICE), 2 ether, "a balance");
        weth.transfer(BOB, 0.5 ether);
        weth.withdraw(1.5 ether);
        equal(ALICE.balance, 2.5 ether, "ether back");
        vm.expectRevert();
        weth.withdraw(1);
        vm.stopPrank();
        equal(weth.totalSupply(), 0.5 ether, "the supply");
        equal(bytes(weth.symbol()), "WETH", "the symbol");
    }

    function test_create2_deployer() public {
        bytes memory creation = hex"600160005260206000f3"; // code: the word 1
        (bool sent, bytes memory said) =
            0x4e59b44847b379578588920cA78FbF26c0B4956C.call(bytes.concat(bytes32(uint256(9)), creation));
        is_(sent && said.length == 20, "it creates");
        equal(address(bytes20(said)).code, abi.encode(1), "the code");
    }
}
