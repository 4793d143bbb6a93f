// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

contract Token is ERC20 {
    constructor(address owner) ERC20("Bench", "BNCH") {
        _mint(owner, type(uint128).max);
    }
}

/// Transfers of a token to a few holders, one after the other.
contract Erc20Transfers {
    Token public immutable token = new Token(address(this));

    function run(uint256 n) external returns (uint256) {
        for (uint256 i = 0; i < n; i++) {
            require(token.transfer(address(uint160(0x1000 + (i & 15))), 1 + (i & 7)));
        }
        return token.balanceOf(address(this));
    }
}

interface Factory {
    function createPair(address a, address b) external returns (address pair);
}

interface Pair {
    function mint(address to) external returns (uint256 liquidity);
}

interface Router {
    function swapExactTokensForTokens(
        uint256 amountIn, uint256 amountOutMin, address[] calldata path, address to, uint256 deadline
    ) external returns (uint256[] memory amounts);
}

/// Swaps through the router, there and back.
contract UniswapV2Swaps {
    Router immutable router;
    Token immutable a;
    Token immutable b;

    constructor(Factory factory, Router router_) {
        router = router_;
        a = new Token(address(this));
        b = new Token(address(this));
        Pair pair = Pair(factory.createPair(address(a), address(b)));
        a.transfer(address(pair), 1e24);
        b.transfer(address(pair), 3e24);
        pair.mint(address(this));
        a.approve(address(router_), type(uint256).max);
        b.approve(address(router_), type(uint256).max);
    }

    function run(uint256 n) external returns (uint256, uint256) {
        address[] memory path = new address[](2);
        for (uint256 i = 0; i < n; i++) {
            bool there = i & 1 == 0;
            (path[0], path[1]) = there ? (address(a), address(b)) : (address(b), address(a));
            router.swapExactTokensForTokens(1e18 + i, 0, path, address(this), type(uint256).max);
        }
        return (a.balanceOf(address(this)), b.balanceOf(address(this)));
    }
}

contract KeccakChain {
    function run(uint256 n) external pure returns (bytes32 h) {
        for (uint256 i = 0; i < n; i++) h = keccak256(abi.encode(h, i));
    }
}

/// Keccak of large buffers: almost all of the time is the permutation.
contract KeccakLarge {
    function run(uint256 n) external pure returns (bytes32 h) {
        assembly {
            for { let i := 0 } lt(i, n) { i := add(i, 1) } {
                mstore(0x80, h)
                h := keccak256(0x80, 16384)
            }
        }
    }
}

contract MemoryCopies {
    function run(uint256 n) external pure returns (bytes32 h) {
        assembly {
            mstore(0x8000, not(0))
            for { let i := 0 } lt(i, n) { i := add(i, 1) } {
                mcopy(0x20000, 0x8000, 0x18000)
                mcopy(0x8000, 0x1ffe0, 0x18000)
            }
            h := mload(0x8000)
        }
    }
}

/// Rays against spheres in fixed-point arithmetic with 40 bits of fraction: signed multiplications and
/// divisions, comparisons, Newton's square roots, structs in memory.
contract RayTracer {
    int256 constant ONE = 1 << 40;

    struct Vector {
        int256 x;
        int256 y;
        int256 z;
    }

    struct Sphere {
        Vector center;
        int256 radius;
        uint256 shade;
    }

    function dot(Vector memory a, Vector memory b) internal pure returns (int256) {
        return (a.x * b.x + a.y * b.y + a.z * b.z) / ONE;
    }

    function minus(Vector memory a, Vector memory b) internal pure returns (Vector memory) {
        return Vector(a.x - b.x, a.y - b.y, a.z - b.z);
    }

    function along(Vector memory from, Vector memory d, int256 t) internal pure returns (Vector memory) {
        return Vector(from.x + d.x * t / ONE, from.y + d.y * t / ONE, from.z + d.z * t / ONE);
    }

    function root(int256 x) internal pure returns (int256 y) {
        if (x <= 0) return 0;
        x *= ONE;
        y = ONE;
        if (y > x) y = x;
        for (uint256 i = 0; i < 64; i++) {
            int256 next = (y + x / y) / 2;
            if (next == y || next == y + 1) break;
            y = next;
        }
    }

    function unit(Vector memory v) internal pure returns (Vector memory) {
        int256 length = root(dot(v, v));
        return Vector(v.x * ONE / length, v.y * ONE / length, v.z * ONE / length);
    }

    function distance(Sphere memory s, Vector memory from, Vector memory direction) internal pure returns (int256) {
        Vector memory to = minus(s.center, from);
        int256 b = dot(to, direction);
        int256 discriminant = b * b / ONE - dot(to, to) + s.radius * s.radius / ONE;
        if (discriminant < 0) return 0;
        int256 half = root(discriminant);
        int256 least = ONE / 1024;
        if (b - half > least) return b - half;
        return b + half > least ? b + half : int256(0);
    }

    function trace(Sphere[] memory scene, Vector memory from, Vector memory direction) internal pure
        returns (uint256 shade)
    {
        uint256 weight = 256;
        for (uint256 bounce = 0; bounce < 4; bounce++) {
            int256 nearest = type(int256).max;
            uint256 hit = scene.length;
            for (uint256 i = 0; i < scene.length; i++) {
                int256 t = distance(scene[i], from, direction);
                if (t != 0 && t < nearest) (nearest, hit) = (t, i);
            }
            if (hit == scene.length) return shade + weight * 7;
            from = along(from, direction, nearest);
            Vector memory normal = unit(minus(from, scene[hit].center));
            int256 cosine = dot(normal, direction);
            shade += weight * (scene[hit].shade + uint256((cosine < 0 ? -cosine : cosine) >> 34));
            direction = unit(along(direction, normal, -2 * cosine));
            weight >>= 1;
        }
    }

    function run(uint256 n) external pure returns (uint256 sum) {
        Sphere[] memory scene = new Sphere[](4);
        scene[0] = Sphere(Vector(0, -1001 * ONE, 0), 1000 * ONE, 60);
        scene[1] = Sphere(Vector(-ONE, 0, 5 * ONE), ONE, 200);
        scene[2] = Sphere(Vector(ONE, ONE / 2, 6 * ONE), ONE, 120);
        scene[3] = Sphere(Vector(0, 3 * ONE, 8 * ONE), 2 * ONE, 90);
        uint256 seed = 1;
        for (uint256 i = 0; i < n; i++) {
            uint256 mark;
            assembly { mark := mload(0x40) }
            seed = (seed * 6364136223846793005 + 1442695040888963407) % (1 << 64);
            int256 x = int256(seed % uint256(ONE)) - ONE / 2;
            int256 y = int256((seed >> 20) % uint256(ONE)) - ONE / 2;
            sum += trace(scene, Vector(0, 0, -3 * ONE), unit(Vector(x, y, ONE)));
            assembly { mstore(0x40, mark) }
        }
    }
}
