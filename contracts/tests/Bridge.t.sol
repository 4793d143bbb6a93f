// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Bridge, L2Bridge, Outcome, Queue, Rollup} from "made/Contracts.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {Predeploys} from "../l2/Predeploys.sol";
import {L1} from "./L1.sol";
import {Vm} from "./Test.sol";

contract Token is ERC20Permit {
    constructor() ERC20("", "") ERC20Permit("Stone") {}

    // Not in storage: the tests lay this code at an address of theirs.
    function name() public pure override returns (string memory) {
        return "Stone";
    }

    function symbol() public pure override returns (string memory) {
        return "STN";
    }

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}

/// Takes a tenth of each transfer.
contract FeeToken is ERC20 {
    constructor() ERC20("Fee", "FEE") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (from != address(0) && to != address(0)) super._update(to, address(0), amount / 10);
    }
}

/// Calls its sender before it moves anything, as ERC-777 does.
contract HookToken is ERC20 {
    constructor() ERC20("Hook", "HOOK") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (from.code.length != 0 && from != address(0)) Thief(payable(from)).hook();
    }
}

/// Deposits tokens, and takes no ether until it is opened.
contract Vault {
    bool private opened;

    function deposit(Bridge bridge, Token token, uint256 amount) external payable {
        token.approve(address(bridge), amount);
        bridge.depositERC20{value: msg.value}(address(token), address(this), amount);
    }

    function open() external {
        opened = true;
    }

    receive() external payable {
        if (!opened) revert();
    }
}

/// Returns nothing (as USDT does), has bytes32 for a name, a symbol that reverts and strange decimals.
contract OddToken {
    mapping(address => uint256) public balanceOf;

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function transferFrom(address from, address to, uint256 amount) external {
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }

    function transfer(address to, uint256 amount) external {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
    }

    function name() external pure returns (bytes32) {
        return "Odd";
    }

    function symbol() external pure returns (string memory) {
        revert();
    }

    function decimals() external pure returns (uint256) {
        return 1 << 200;
    }
}

/// A name of 100,000 bytes.
contract LongToken is ERC20 {
    constructor() ERC20("", "SYMBOL") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function name() public pure override returns (string memory) {
        bytes memory long = new bytes(100_000);
        for (uint256 i = 0; i < 100; ++i) long[i] = "x";
        return string(long);
    }
}

/// Says false instead of reverting.
contract FalseToken {
    function balanceOf(address) external pure returns (uint256) {
        return 1000;
    }

    function transferFrom(address, address, uint256) external pure returns (bool) {
        return false;
    }
}

/// Does once, while it is called, what it was told to.
contract Thief {
    address private target;
    bytes private input;
    uint256 private value;
    bool public tried;
    bool public done;

    function prepare(address target_, uint256 value_, bytes calldata input_) external payable {
        (target, value, input) = (target_, value_, input_);
    }

    function run(address target_, uint256 value_, bytes calldata input_) external payable returns (bool ok) {
        (ok,) = target_.call{value: value_}(input_);
    }

    function hook() public {
        if (target == address(0)) return;
        address t = target;
        target = address(0);
        tried = true;
        (done,) = t.call{value: value}(input);
    }

    receive() external payable {
        hook();
    }
}

/// Takes no ether until told to.
contract Closed {
    bool public open;

    function set() external {
        open = true;
    }

    receive() external payable {
        require(open);
    }
}

contract BridgeTest is L1 {
    Token private token;
    /// Where proofs.json has its token.
    address private constant TOKEN = address(0x70CE);

    function setUp() public override {
        super.setUp();
        vm.etch(TOKEN, address(new Token()).code);
        token = Token(TOKEN);
        token.mint(ALICE, 1000 ether);
        vm.deal(address(this), 100 ether);
    }

    // ---- ether out ------------------------------------------------------------------------------------

    function fund(uint256 amount) private {
        send(CAROL, amount, 21_000);
    }

    function claim(
        uint256 i,
        uint256 index,
        address from,
        address to,
        uint256 value,
        bytes memory data,
        bytes32[32] memory path
    ) private {
        bridge.claim(i, outcomes[i], index, from, to, value, data, path);
    }

    function test_claim(uint32 index, uint96 value, bytes memory data) public {
        vm.assume(value != 0 && value < 1000 ether);
        fund(value);
        (uint256 i, bytes32[32] memory path) = deliver(index, BOB, address(0xFEED), value, data);
        is_(bridge.isMessage(i, outcomes[i], index, BOB, address(0xFEED), value, data, path), "it is a message");
        claim(i, index, BOB, address(0xFEED), value, data, path);
        equal(address(0xFEED).balance, value, "paid");
        is_(bridge.isClaimed(index), "marked");
        vm.expectRevert(abi.encodeWithSelector(Bridge.ClaimedAlready.selector, index));
        claim(i, index, BOB, address(0xFEED), value, data, path);
        // Nor by a later outcome, in which it still is, or by a place that only looks another.
        pass(12);
        uint256 j = commit(ALICE);
        prove(PROVER, j, j, 0);
        vm.expectRevert(abi.encodeWithSelector(Bridge.ClaimedAlready.selector, index));
        claim(j, index, BOB, address(0xFEED), value, data, path);
        vm.expectRevert(Bridge.NotAMessage.selector);
        claim(i, uint256(index) + (1 << 32), BOB, address(0xFEED), value, data, path);
        is_(bridge.isMessage(j, outcomes[j], index, BOB, address(0xFEED), value, data, path), "it stays a message");
    }

    function test_claim_gas() public {
        fund(900 ether);
        uint256 index = 0x2A55AA; // as after some millions
        bytes32[32] memory path;
        // Addresses without zeros.
        address from = address(uint160(uint256(keccak256("from"))));
        address to = address(uint160(uint256(keccak256("to"))));
        vm.deal(to, 1);
        bytes32 node = leafOf(index, from, to, 1 ether, "");
        for (uint256 k = 0; k < 32; ++k) {
            path[k] = keccak256(abi.encode(k));
            node = (index >> k) & 1 == 0
                ? keccak256(bytes.concat(node, path[k]))
                : keccak256(bytes.concat(path[k], node));
        }
        pass(12);
        uint256 i = commit(ALICE);
        outcomes[i].withdrawalRoot = node;
        prove(PROVER, i, i, 0);
        uint256 before = vm.snapshotState();
        claim(i, index, from, to, 1 ether, "", path);
        is_(
            vm.snapshotGasLastCall("l1", "Bridge.claim, ether, the first of 256") <= 90_000,
            "a claim costs more than 90,000"
        );
        vm.revertToState(before);
        (uint256 j, bytes32[32] memory other) = deliver(index ^ 1, BOB, ALICE, 1, "");
        claim(j, index ^ 1, BOB, ALICE, 1, "", other);
        claim(i, index, from, to, 1 ether, "", path);
        is_(vm.snapshotGasLastCall("l1", "Bridge.claim, ether") <= 90_000, "a claim costs more than 90,000");
    }

    function test_what_is_no_message() public {
        fund(10 ether);
        bytes32[32] memory path;
        (bytes32 root, bytes32[32] memory p) = lone(leafOf(5, BOB, CAROL, 1 ether, "data"), 5);
        path = p;
        // Committed, not proven: not yet.
        pass(12);
        uint256 i = commit(ALICE);
        outcomes[i].withdrawalRoot = root;
        vm.expectRevert(Bridge.NotAMessage.selector);
        claim(i, 5, BOB, CAROL, 1 ether, "data", path);
        prove(PROVER, i, i, 0);
        bytes4 no = Bridge.NotAMessage.selector;
        vm.expectRevert(no);
        claim(i, 4, BOB, CAROL, 1 ether, "data", path);
        vm.expectRevert(no);
        claim(i, 5, CAROL, CAROL, 1 ether, "data", path);
        vm.expectRevert(no);
        claim(i, 5, BOB, ALICE, 1 ether, "data", path);
        vm.expectRevert(no);
        claim(i, 5, BOB, CAROL, 2 ether, "data", path);
        vm.expectRevert(no);
        claim(i, 5, BOB, CAROL, 1 ether, "date", path);
        vm.expectRevert(no);
        claim(0, 5, BOB, CAROL, 1 ether, "data", path);
        Outcome memory false_ = outcomes[i];
        (false_.withdrawalRoot,) = lone(leafOf(5, BOB, ALICE, 9 ether, ""), 5);
        vm.expectRevert(no);
        bridge.claim(i, false_, 5, BOB, ALICE, 9 ether, "", path);
        // An outcome that no proof ended at is stored nowhere: its hash is not zero.
        vm.expectRevert(no);
        bridge.claim(77, false_, 5, BOB, ALICE, 9 ether, "", path);
        path[31] = bytes32(uint256(path[31]) ^ 1);
        vm.expectRevert(no);
        claim(i, 5, BOB, CAROL, 1 ether, "data", path);
    }

    /// A leaf may name any index; its place in the tree is below 2^32, and each is marked once.
    function test_an_index_beyond_the_tree() public {
        fund(10 ether);
        uint256 beyond = (1 << 32) + 5;
        (bytes32 root, bytes32[32] memory path) = lone(leafOf(beyond, BOB, CAROL, 1 ether, ""), 5);
        pass(12);
        uint256 i = commit(ALICE);
        outcomes[i].withdrawalRoot = root;
        prove(PROVER, i, i, 0);
        require(!bridge.isMessage(i, outcomes[i], beyond, BOB, CAROL, 1 ether, "", path), "an index beyond the tree");
        vm.expectRevert(Bridge.NotAMessage.selector);
        claim(i, beyond, BOB, CAROL, 1 ether, "", path);
    }

    function test_a_payment_that_fails_may_be_tried_again() public {
        fund(2 ether);
        Closed closed = new Closed();
        (uint256 i, bytes32[32] memory path) = deliver(0, BOB, address(closed), 1 ether, "");
        vm.expectRevert(Queue.PaymentFailed.selector);
        claim(i, 0, BOB, address(closed), 1 ether, "", path);
        closed.set();
        claim(i, 0, BOB, address(closed), 1 ether, "", path);
        equal(address(closed).balance, 1 ether, "paid");
    }

    // ---- thieves --------------------------------------------------------------------------------------

    function test_thief_a_message_to_a_token() public {
        vm.startPrank(ALICE);
        token.approve(address(bridge), 100 ether);
        bridge.depositERC20{value: 1 ether}(TOKEN, ALICE, 100 ether);
        vm.stopPrank();
        address[4] memory targets = [TOKEN, address(queue), address(rollup), address(verifiers)];
        bytes[4] memory inputs = [
            abi.encodeCall(ERC20.transfer, (BOB, 100 ether)),
            abi.encodeCall(Queue.pay, (BOB, 1)),
            abi.encodeCall(Rollup.takeFees, (BOB)),
            hex"12345678"
        ];
        for (uint256 k = 0; k < 4; ++k) {
            (uint256 i, bytes32[32] memory path) = deliver(k, BOB, targets[k], 0, inputs[k]);
            claim(i, k, BOB, targets[k], 0, inputs[k], path); // pays nothing, calls nobody
        }
        equal(token.balanceOf(BOB), 0, "nothing stolen");
        equal(token.balanceOf(address(bridge)), 100 ether, "all is there");
    }

    function test_thief_an_order_that_is_not_L2Bridges() public {
        vm.startPrank(ALICE);
        token.approve(address(bridge), 100 ether);
        bridge.depositERC20{value: 1 ether}(TOKEN, ALICE, 100 ether);
        vm.stopPrank();
        bytes memory order = abi.encode(TOKEN, BOB, 100 ether);
        address[2] memory senders = [BOB, Predeploys.aliased(Predeploys.L2_BRIDGE)];
        for (uint256 k = 0; k < 2; ++k) {
            (uint256 i, bytes32[32] memory path) = deliver(k, senders[k], address(bridge), 0, order);
            claim(i, k, senders[k], address(bridge), 0, order, path); // a message without effect
            equal(token.balanceOf(BOB), 0, "nothing stolen");
        }
        // L2Bridge's order to somebody else is a message, too.
        (uint256 j, bytes32[32] memory path2) = deliver(9, Predeploys.L2_BRIDGE, BOB, 0, order);
        claim(j, 9, Predeploys.L2_BRIDGE, BOB, 0, order, path2);
        equal(token.balanceOf(BOB), 0, "nothing stolen");
        // More than was deposited: refused.
        order = abi.encode(TOKEN, BOB, 100 ether + 1);
        (j, path2) = deliver(10, Predeploys.L2_BRIDGE, address(bridge), 0, order);
        token.mint(address(bridge), 50 ether); // a gift is nobody's
        vm.expectRevert();
        claim(j, 10, Predeploys.L2_BRIDGE, address(bridge), 0, order, path2);
    }

    function test_thief_claims_while_it_is_paid() public {
        fund(10 ether);
        Thief thief = new Thief();
        (uint256 i, bytes32[32] memory path) = deliver(3, BOB, address(thief), 1 ether, "");
        thief.prepare(
            address(bridge),
            0,
            abi.encodeCall(Bridge.claim, (i, outcomes[i], 3, BOB, address(thief), 1 ether, "", path))
        );
        claim(i, 3, BOB, address(thief), 1 ether, "", path);
        is_(thief.tried() && !thief.done(), "the second one fails");
        equal(address(thief).balance, 1 ether, "paid once");
    }

    function test_thief_deposits_while_it_deposits() public {
        HookToken hooked = new HookToken();
        Thief thief = new Thief();
        vm.deal(address(thief), 10 ether);
        hooked.mint(address(thief), 100);
        thief.run(address(hooked), 0, abi.encodeCall(ERC20.approve, (address(bridge), 100)));
        thief.prepare(
            address(bridge), 1 ether, abi.encodeCall(Bridge.depositERC20, (address(hooked), BOB, 50))
        );
        bool ok = thief.run(
            address(bridge), 1 ether, abi.encodeCall(Bridge.depositERC20, (address(hooked), BOB, 50))
        );
        is_(ok && thief.tried() && !thief.done(), "the nested one fails");
        equal(bridge.locked(address(hooked)), 50, "locked is what came");
        equal(hooked.balanceOf(address(bridge)), 50, "and is there");
    }

    function test_a_token_that_takes_a_fee() public {
        FeeToken f = new FeeToken();
        f.mint(ALICE, 100);
        vm.startPrank(ALICE);
        f.approve(address(bridge), 100);
        vm.recordLogs();
        bridge.depositERC20{value: 1 ether}(address(f), BOB, 100);
        vm.stopPrank();
        equal(bridge.locked(address(f)), 90, "what arrived");
        equal(depositedAmount(), 90, "what L2 hears of");
    }

    // ---- tokens in ------------------------------------------------------------------------------------

    /// What of an item is in its event's data.
    struct Logged {
        uint256 kind;
        address to;
        uint256 mint;
        uint256 value;
        uint256 fee;
        uint256 gasLimit;
        uint256 time;
        bytes data;
    }

    function lastItem() private returns (Queue.Item memory item, bytes memory data) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = logs.length; i-- > 0;) {
            if (logs[i].topics[0] != Queue.Enqueued.selector) continue;
            item.sender = address(uint160(uint256(logs[i].topics[2])));
            item.from = address(uint160(uint256(logs[i].topics[3])));
            Logged memory l = abi.decode(bytes.concat(bytes32(uint256(32)), logs[i].data), (Logged));
            (item.kind, item.to, item.mint, item.value, item.fee) = (l.kind, l.to, l.mint, l.value, l.fee);
            (item.gasLimit, item.time, item.dataHash) = (l.gasLimit, l.time, keccak256(l.data));
            return (item, l.data);
        }
        revert("no item");
    }

    function body(bytes memory data) private pure returns (bytes memory rest) {
        rest = new bytes(data.length - 4);
        for (uint256 i = 0; i < rest.length; ++i) rest[i] = data[i + 4];
    }

    function depositedAmount() private returns (uint256 amount) {
        (, bytes memory data) = lastItem();
        (,,, amount,,,) = abi.decode(body(data), (address, address, address, uint256, string, string, uint8));
    }

    function test_deposit_of_tokens() public {
        vm.startPrank(ALICE);
        token.approve(address(bridge), 7 ether);
        uint256 fee = queue.fee(TOKEN_GAS);
        vm.expectRevert(abi.encodeWithSelector(Bridge.FeeTooLow.selector, fee));
        bridge.depositERC20{value: fee - 1}(TOKEN, BOB, 7 ether);
        vm.recordLogs();
        uint256 before = ALICE.balance;
        bridge.depositERC20{value: 1 ether}(TOKEN, BOB, 7 ether);
        vm.snapshotGasLastCall("l1", "Bridge.depositERC20, the first of a token");
        vm.stopPrank();
        equal(before - ALICE.balance, fee, "the fee, the rest comes back");
        equal(address(bridge).balance, 0, "no ether stays");
        (Queue.Item memory item, bytes memory data) = lastItem();
        equal(item.sender, address(bridge), "the sender");
        equal(item.from, Predeploys.aliased(address(bridge)), "its alias");
        equal(item.to, Predeploys.L2_BRIDGE, "the bridge on L2");
        equal(item.mint, 0, "nothing minted");
        equal(item.gasLimit, TOKEN_GAS, "gas");
        equal(
            data,
            abi.encodeCall(L2Bridge.finalizeDeposit, (TOKEN, ALICE, BOB, 7 ether, "Stone", "STN", 18)),
            "what it says"
        );
    }

    function test_odd_tokens() public {
        OddToken odd = new OddToken();
        odd.mint(ALICE, 5);
        vm.recordLogs();
        vm.prank(ALICE);
        bridge.depositERC20{value: 1 ether}(address(odd), BOB, 5);
        (, bytes memory data) = lastItem();
        equal(
            data,
            abi.encodeCall(L2Bridge.finalizeDeposit, (address(odd), ALICE, BOB, 5, "Odd", "", 18)),
            "bytes32 for a name, no symbol, no decimals"
        );
        (uint256 i, bytes32[32] memory path) =
            deliver(0, Predeploys.L2_BRIDGE, address(bridge), 0, abi.encode(odd, CAROL, 5));
        claim(i, 0, Predeploys.L2_BRIDGE, address(bridge), 0, abi.encode(odd, CAROL, 5), path);
        equal(odd.balanceOf(CAROL), 5, "a token that returns nothing is paid");

        LongToken long = new LongToken();
        long.mint(ALICE, 5);
        vm.startPrank(ALICE);
        long.approve(address(bridge), 5);
        bridge.depositERC20{value: 1 ether}(address(long), BOB, 5);
        vm.stopPrank();
        (, data) = lastItem();
        (,,,, string memory name,,) =
            abi.decode(body(data), (address, address, address, uint256, string, string, uint8));
        equal(
            bytes(name), "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "a name of 64 bytes at most"
        );

        FalseToken no = new FalseToken();
        vm.startPrank(ALICE);
        vm.expectRevert();
        bridge.depositERC20{value: 1 ether}(address(no), BOB, 5);
        vm.expectRevert();
        bridge.depositERC20{value: 1 ether}(address(0x1234567), BOB, 5); // no contract
        token.approve(address(bridge), 5);
        vm.expectRevert(Bridge.NothingReceived.selector);
        bridge.depositERC20{value: 1 ether}(TOKEN, BOB, 0);
        vm.stopPrank();
    }

    /// The gas of a token's deposit is enough for the worst: a new token with the longest names, returned.
    function test_gas_of_a_deposit_is_enough_on_L2() public {
        string memory pinned = vm.readFile("l2/predeploys.json");
        vm.etch(Predeploys.L2_BRIDGE, vm.parseJsonBytes(pinned, ".predeploys[2].code"));
        vm.etch(Predeploys.MESSAGE_PASSER, vm.parseJsonBytes(pinned, ".predeploys[4].code"));
        vm.store(Predeploys.L2_BRIDGE, 0, bytes32(uint256(uint160(address(bridge)))));
        string memory long = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
        bytes memory data =
            abi.encodeCall(L2Bridge.finalizeDeposit, (TOKEN, ALICE, address(0), type(uint256).max, long, long, 255));
        uint256 run = TOKEN_GAS - queue.intrinsicGas(false, data);
        vm.prank(Predeploys.aliased(address(bridge)));
        (bool done,) = Predeploys.L2_BRIDGE.call{gas: run}(data);
        is_(done, "it is enough");
        uint256 used = vm.snapshotGasLastCall("l2", "finalizeDeposit, a new token of long names, returned");
        is_(used < TOKEN_GAS - 200_000, "with something to spare");
    }

    function test_permit() public {
        uint256 key = 0xA11CE;
        address owner = vm.addr(key);
        token.mint(owner, 10);
        vm.deal(owner, 1 ether);
        bytes32 digest = keccak256(
            abi.encodePacked(
                hex"1901",
                token.DOMAIN_SEPARATOR(),
                keccak256(
                    abi.encode(
                        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"),
                        owner,
                        address(bridge),
                        uint256(10),
                        uint256(0),
                        type(uint256).max
                    )
                )
            )
        );
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        uint256 before = vm.snapshotState();
        vm.prank(owner);
        bridge.depositERC20Permit{value: 0.1 ether}(TOKEN, BOB, 10, type(uint256).max, v, r, s);
        equal(bridge.locked(TOKEN), 10, "by a signature");
        vm.revertToState(before);
        vm.prank(BOB); // somebody uses it first
        token.permit(owner, address(bridge), 10, type(uint256).max, v, r, s);
        vm.prank(owner);
        bridge.depositERC20Permit{value: 0.1 ether}(TOKEN, BOB, 10, type(uint256).max, v, r, s);
        equal(bridge.locked(TOKEN), 10, "by the allowance that is there");
        vm.prank(BOB); // takes nothing of others
        vm.expectRevert();
        bridge.depositERC20Permit{value: 0.1 ether}(TOKEN, BOB, 10, type(uint256).max, v, r, s);
    }

    function test_tokens_out() public {
        vm.startPrank(ALICE);
        token.approve(address(bridge), 10);
        bridge.depositERC20{value: 1 ether}(TOKEN, BOB, 10);
        vm.stopPrank();
        bytes memory order = abi.encode(TOKEN, CAROL, 7);
        (uint256 i, bytes32[32] memory path) = deliver(0, Predeploys.L2_BRIDGE, address(bridge), 0, order);
        claim(i, 0, Predeploys.L2_BRIDGE, address(bridge), 0, order, path);
        vm.snapshotGasLastCall("l1", "Bridge.claim, tokens");
        equal(token.balanceOf(CAROL), 7, "paid");
        equal(bridge.locked(TOKEN), 3, "the rest is locked");
        vm.expectRevert(abi.encodeWithSelector(Bridge.ClaimedAlready.selector, 0));
        claim(i, 0, Predeploys.L2_BRIDGE, address(bridge), 0, order, path);
    }

    function test_the_bridge_takes_no_ether() public {
        (bool done,) = address(bridge).call{value: 1}("");
        is_(!done, "refused");
        (done,) = address(queue).call{value: 1}("");
        is_(!done, "nor does the queue, but by send");
    }

    // ---- exits ----------------------------------------------------------------------------------------

    string private file;

    function at(string memory name, string memory what) private pure returns (string memory) {
        return string.concat(".accounts.", name, ".", what);
    }

    /// The state of proofs.json is the last one that is proven; 40 ether and 100 tokens were deposited, and the rollup is
    /// frozen over an item that nobody took.
    function freezeWithProofs() private {
        file = vm.readFile("tests/proofs.json");
        equal(vm.parseJsonAddress(file, ".token"), TOKEN, "the token of the file");
        fund(40 ether);
        vm.startPrank(ALICE);
        token.approve(address(bridge), 200 ether);
        bridge.depositERC20{value: 1 ether}(TOKEN, BOB, 100 ether);
        vm.stopPrank();
        pass(12);
        stateRoot = vm.parseJsonBytes32(file, ".stateRoot");
        uint256 i = commit(ALICE);
        prove(PROVER, i, i, 0);
        send(BOB, 1 ether, 50_000);
        pass(121 days);
    }

    bytes private constant NO_CODE = "";

    function exitETH(address sender, string memory name, bytes memory code) private {
        address account = vm.parseJsonAddress(file, at(name, "address"));
        bytes[] memory proof = vm.parseJsonBytesArray(file, at(name, "proof"));
        vm.prank(sender);
        bridge.exitETH(outcomes[1], account, code, proof);
    }

    function exitERC20(address sender, string memory name, bytes memory code) private {
        address account = vm.parseJsonAddress(file, at(name, "address"));
        bytes[] memory own = vm.parseJsonBytesArray(file, at(name, "proof"));
        bytes[] memory tokenProof = vm.parseJsonBytesArray(file, ".tokenProof");
        bytes[] memory held = vm.parseJsonBytesArray(file, at(name, "balanceProof"));
        vm.prank(sender);
        bridge.exitERC20(outcomes[1], TOKEN, account, code, own, tokenProof, held);
    }

    address private constant L1_CONTRACT = address(0xC0117);

    function test_exits() public {
        freezeWithProofs();
        vm.expectRevert(Bridge.NotFrozen.selector);
        this.exitETHAs(ALICE, "alice", NO_CODE);
        rollup.freeze();

        uint256 before = ALICE.balance;
        exitETH(ALICE, "alice", NO_CODE);
        vm.snapshotGasLastCall("l1", "Bridge.exitETH");
        equal(ALICE.balance - before, 5 ether, "alice's ether");
        vm.expectRevert(Bridge.ExitedAlready.selector);
        this.exitETHAs(ALICE, "alice", NO_CODE);
        exitERC20(ALICE, "alice", NO_CODE);
        vm.snapshotGasLastCall("l1", "Bridge.exitERC20");
        equal(token.balanceOf(ALICE), 900 ether + 11 ether, "alice's tokens");
        vm.expectRevert(Bridge.ExitedAlready.selector);
        this.exitERC20As(ALICE, "alice", NO_CODE);

        // Tokens of an address that has no account on L2.
        exitERC20(address(0xAB5E17), "absent", NO_CODE);
        equal(token.balanceOf(address(0xAB5E17)), 13, "tokens without an account");
        vm.expectRevert(Bridge.NothingToPay.selector);
        this.exitETHAs(address(0xAB5E17), "absent", NO_CODE);

        // A contract of L1, by its alias.
        vm.etch(L1_CONTRACT, address(new Closed()).code);
        Closed(payable(L1_CONTRACT)).set();
        exitETH(L1_CONTRACT, "contract", NO_CODE);
        equal(L1_CONTRACT.balance, 3 ether, "by its alias");
        exitERC20(L1_CONTRACT, "contract", NO_CODE);
        equal(token.balanceOf(L1_CONTRACT), 17 ether, "its tokens");

        // An account that delegates shows to whom.
        bytes memory delegation = hex"ef01000000000000000000000000000000000000009403";
        vm.expectRevert(Bridge.NotTheCode.selector);
        this.exitETHAs(address(0xDE1E), "delegating", NO_CODE);
        exitETH(address(0xDE1E), "delegating", delegation);
        equal(address(0xDE1E).balance, 2 ether, "a delegating account's ether");
        exitERC20(address(0xDE1E), "delegating", delegation);
        vm.expectRevert(Bridge.ExitedAlready.selector);
        this.exitETHAs(address(0xDE1E), "delegating", delegation);
        vm.expectRevert(Bridge.NothingToPay.selector);
        this.exitETHAs(address(0xDEAD01), "nobody", NO_CODE);
        vm.expectRevert(Bridge.NothingToPay.selector);
        this.exitERC20As(address(0xDEAD01), "nobody", NO_CODE);
        equal(bridge.locked(TOKEN), 100 ether - 47 ether - 13, "what is left");
    }

    function exitETHAs(address sender, string calldata name, bytes calldata code) external {
        exitETH(sender, name, code);
    }

    function exitERC20As(address sender, string calldata name, bytes calldata code) external {
        exitERC20(sender, name, code);
    }

    function test_thieves_of_exits() public {
        freezeWithProofs();
        rollup.freeze();
        // For somebody else.
        vm.expectRevert(Bridge.NotTheSendersAccount.selector);
        this.exitETHAs(BOB, "alice", NO_CODE);
        vm.expectRevert(Bridge.NotTheSendersAccount.selector);
        this.exitERC20As(BOB, "alice", NO_CODE);
        vm.expectRevert(Bridge.NotTheSendersAccount.selector);
        this.exitETHAs(Predeploys.aliased(ALICE), "alice", NO_CODE); // the alias is that of L1, not back
        // A proxy at the same address, but of another owner: accounts with code are not paid, whatever is shown.
        address proxy = address(0x9403);
        vm.expectRevert(Bridge.NotTheCode.selector);
        this.exitETHAs(proxy, "proxy", NO_CODE);
        vm.expectRevert(Bridge.HasCode.selector);
        this.exitETHAs(proxy, "proxy", hex"5f5ff3");
        vm.expectRevert(Bridge.HasCode.selector);
        this.exitERC20As(proxy, "proxy", hex"5f5ff3");
        // An older outcome.
        bytes[] memory proof = vm.parseJsonBytesArray(file, at("alice", "proof"));
        Outcome memory old = outcomes[0];
        vm.prank(ALICE);
        vm.expectRevert(Bridge.NotTheLastOutcome.selector);
        bridge.exitETH(old, ALICE, "", proof);
        // A token that the attacker made up: its account on L2 is not there.
        Token fake = new Token();
        bytes[] memory tokenProof = vm.parseJsonBytesArray(file, ".tokenProof");
        bytes[] memory held = vm.parseJsonBytesArray(file, at("alice", "balanceProof"));
        Outcome memory post = outcomes[1];
        vm.prank(ALICE);
        vm.expectRevert();
        bridge.exitERC20(post, address(fake), ALICE, "", proof, tokenProof, held);
        // Another's balance.
        bytes[] memory own = vm.parseJsonBytesArray(file, at("nobody", "proof"));
        vm.prank(address(0xDEAD01));
        try bridge.exitERC20(post, TOKEN, address(0xDEAD01), "", own, tokenProof, held) {
            revert("paid");
        } catch {}
        // Paid into a contract that comes back.
        Thief thief = new Thief();
        vm.etch(L1_CONTRACT, address(thief).code);
        bytes[] memory theirs = vm.parseJsonBytesArray(file, at("contract", "proof"));
        bytes memory input =
            abi.encodeCall(Bridge.exitETH, (post, Predeploys.aliased(L1_CONTRACT), NO_CODE, theirs));
        Thief(payable(L1_CONTRACT)).prepare(address(bridge), 0, input);
        is_(Thief(payable(L1_CONTRACT)).run(address(bridge), 0, input), "paid");
        is_(Thief(payable(L1_CONTRACT)).tried() && !Thief(payable(L1_CONTRACT)).done(), "not twice");
        equal(L1_CONTRACT.balance, 3 ether, "paid once");
    }

    // ---- refunds --------------------------------------------------------------------------------------

    function test_refunds() public {
        vm.recordLogs();
        send(ALICE, 3 ether, 21_000); // 0: consumed
        (Queue.Item memory consumed,) = lastItem();
        pass(12);
        uint256 i = commit(ALICE);
        prove(PROVER, i, i, 0);
        send(BOB, 5 ether, 50_000); // 1
        (Queue.Item memory bobs,) = lastItem();
        vm.startPrank(ALICE);
        token.approve(address(bridge), 9);
        bridge.depositERC20{value: 1 ether}(TOKEN, CAROL, 9); // 2
        vm.stopPrank();
        (Queue.Item memory tokens, bytes memory data) = lastItem();
        queue.anchor(); // 3
        (Queue.Item memory anchor, bytes memory anchorData) = lastItem();
        pass(12);
        commit(ALICE); // committed, never proven
        vm.expectRevert(Bridge.NotFrozen.selector);
        bridge.refund(1, bobs, "");
        pass(121 days);
        rollup.freeze();

        vm.expectRevert(abi.encodeWithSelector(Bridge.ItemConsumed.selector, 0));
        bridge.refund(0, consumed, "");
        uint256 bob = BOB.balance;
        bridge.refund(1, bobs, "");
        equal(BOB.balance - bob, 5 ether + 50_000 * uint256(FLOOR), "what was minted, and the fee");
        vm.expectRevert(abi.encodeWithSelector(Bridge.RefundedAlready.selector, 1));
        bridge.refund(1, bobs, "");
        vm.expectRevert(Bridge.NotAnItem.selector);
        bridge.refund(2, bobs, "");
        vm.expectRevert(Bridge.NotAnItem.selector);
        bridge.refund(4, bobs, "");
        vm.expectRevert(Bridge.NotAnItem.selector);
        bridge.refund(77, bobs, "");
        // The depositor cannot be another than was hashed.
        bytes memory forged = abi.encodeCall(L2Bridge.finalizeDeposit, (TOKEN, BOB, CAROL, 9, "Stone", "STN", 18));
        vm.expectRevert(Bridge.NotAnItem.selector);
        bridge.refund(2, tokens, forged);
        Queue.Item memory changed = tokens;
        changed.dataHash = keccak256(forged);
        vm.expectRevert(Bridge.NotAnItem.selector);
        bridge.refund(2, changed, forged);
        changed.dataHash = keccak256(data);
        uint256 alice = ALICE.balance;
        uint256 held = token.balanceOf(ALICE);
        bridge.refund(2, tokens, data);
        equal(ALICE.balance - alice, TOKEN_GAS * uint256(FLOOR), "the fee of a token's deposit");
        equal(token.balanceOf(ALICE) - held, 9, "its tokens");
        vm.expectRevert(abi.encodeWithSelector(Bridge.RefundedAlready.selector, 2));
        bridge.refund(2, tokens, data);
        vm.expectRevert(abi.encodeWithSelector(Bridge.RefundedAlready.selector, 2));
        bridge.refundTokens(2, tokens, data);
        vm.expectRevert(Bridge.NothingToPay.selector);
        bridge.refund(3, anchor, anchorData);
        vm.expectRevert(Bridge.NothingToPay.selector);
        bridge.refundTokens(1, bobs, "");
    }

    /// A depositor that takes no ether gets its tokens; the ether stays for when it does.
    function test_tokens_go_back_to_who_takes_no_ether() public {
        Vault vault = new Vault();
        token.mint(address(vault), 9);
        uint256 fee = queue.fee(TOKEN_GAS);
        vm.recordLogs();
        vault.deposit{value: fee}(bridge, token, 9);
        (Queue.Item memory item, bytes memory data) = lastItem();
        pass(121 days);
        vm.expectRevert(Bridge.NotFrozen.selector);
        bridge.refundTokens(0, item, data);
        rollup.freeze();
        vm.expectRevert(Queue.PaymentFailed.selector);
        bridge.refund(0, item, data);
        bridge.refundTokens(0, item, data);
        equal(token.balanceOf(address(vault)), 9, "its tokens");
        equal(bridge.locked(TOKEN), 0, "none is locked");
        vm.expectRevert(abi.encodeWithSelector(Bridge.RefundedAlready.selector, 0));
        bridge.refundTokens(0, item, data);
        vm.expectRevert(Queue.PaymentFailed.selector);
        bridge.refund(0, item, data);
        vault.open();
        bridge.refund(0, item, data);
        equal(address(vault).balance, fee, "its ether, once it takes it");
        equal(token.balanceOf(address(vault)), 9, "no tokens twice");
        vm.expectRevert(abi.encodeWithSelector(Bridge.RefundedAlready.selector, 0));
        bridge.refund(0, item, data);
    }
}
