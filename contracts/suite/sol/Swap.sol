// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// A pair of a constant-product exchange, after the public interface of Uniswap's second version.
contract Pair is ERC20 {
    using SafeERC20 for IERC20;

    event Mint(address indexed sender, uint256 amount0, uint256 amount1);
    event Burn(address indexed sender, uint256 amount0, uint256 amount1, address indexed to);
    event Swap(
        address indexed sender, uint256 amount0In, uint256 amount1In, uint256 amount0Out, uint256 amount1Out, address indexed to
    );
    event Sync(uint112 reserve0, uint112 reserve1);

    uint256 public constant MINIMUM_LIQUIDITY = 1000;

    address public immutable factory;
    address public token0;
    address public token1;
    uint112 private reserve0;
    uint112 private reserve1;
    uint32 private blockTimestampLast;
    uint256 private unlocked = 1;

    modifier lock() {
        require(unlocked == 1, "LOCKED");
        unlocked = 0;
        _;
        unlocked = 1;
    }

    constructor() ERC20("Pair share", "PAIR") {
        factory = msg.sender;
    }

    function initialize(address first, address second) external {
        require(msg.sender == factory, "FORBIDDEN");
        token0 = first;
        token1 = second;
    }

    function getReserves() public view returns (uint112, uint112) {
        return (reserve0, reserve1);
    }

    function _update(uint256 balance0, uint256 balance1) private {
        require(balance0 <= type(uint112).max && balance1 <= type(uint112).max, "OVERFLOW");
        reserve0 = uint112(balance0);
        reserve1 = uint112(balance1);
        blockTimestampLast = uint32(block.timestamp);
        emit Sync(reserve0, reserve1);
    }

    function mint(address to) external lock returns (uint256 liquidity) {
        (uint112 old0, uint112 old1) = getReserves();
        uint256 balance0 = IERC20(token0).balanceOf(address(this));
        uint256 balance1 = IERC20(token1).balanceOf(address(this));
        uint256 amount0 = balance0 - old0;
        uint256 amount1 = balance1 - old1;
        uint256 supply = totalSupply();
        if (supply == 0) {
            liquidity = Math.sqrt(amount0 * amount1) - MINIMUM_LIQUIDITY;
            _mint(address(0xdead), MINIMUM_LIQUIDITY);
        } else {
            liquidity = Math.min(amount0 * supply / old0, amount1 * supply / old1);
        }
        require(liquidity > 0, "INSUFFICIENT_LIQUIDITY_MINTED");
        _mint(to, liquidity);
        _update(balance0, balance1);
        emit Mint(msg.sender, amount0, amount1);
    }

    function burn(address to) external lock returns (uint256 amount0, uint256 amount1) {
        uint256 liquidity = balanceOf(address(this));
        uint256 supply = totalSupply();
        amount0 = liquidity * IERC20(token0).balanceOf(address(this)) / supply;
        amount1 = liquidity * IERC20(token1).balanceOf(address(this)) / supply;
        require(amount0 > 0 && amount1 > 0, "INSUFFICIENT_LIQUIDITY_BURNED");
        _burn(address(this), liquidity);
        IERC20(token0).safeTransfer(to, amount0);
        IERC20(token1).safeTransfer(to, amount1);
        _update(IERC20(token0).balanceOf(address(this)), IERC20(token1).balanceOf(address(this)));
        emit Burn(msg.sender, amount0, amount1, to);
    }

    function swap(uint256 amount0Out, uint256 amount1Out, address to) external lock {
        require(amount0Out > 0 || amount1Out > 0, "INSUFFICIENT_OUTPUT_AMOUNT");
        (uint112 old0, uint112 old1) = getReserves();
        require(amount0Out < old0 && amount1Out < old1, "INSUFFICIENT_LIQUIDITY");
        if (amount0Out > 0) IERC20(token0).safeTransfer(to, amount0Out);
        if (amount1Out > 0) IERC20(token1).safeTransfer(to, amount1Out);
        uint256 balance0 = IERC20(token0).balanceOf(address(this));
        uint256 balance1 = IERC20(token1).balanceOf(address(this));
        uint256 amount0In = balance0 > old0 - amount0Out ? balance0 - (old0 - amount0Out) : 0;
        uint256 amount1In = balance1 > old1 - amount1Out ? balance1 - (old1 - amount1Out) : 0;
        require(amount0In > 0 || amount1In > 0, "INSUFFICIENT_INPUT_AMOUNT");
        uint256 adjusted0 = balance0 * 1000 - amount0In * 3;
        uint256 adjusted1 = balance1 * 1000 - amount1In * 3;
        require(adjusted0 * adjusted1 >= uint256(old0) * old1 * 1000 ** 2, "K");
        _update(balance0, balance1);
        emit Swap(msg.sender, amount0In, amount1In, amount0Out, amount1Out, to);
    }
}

contract Factory {
    event PairCreated(address indexed token0, address indexed token1, address pair, uint256 count);

    mapping(address => mapping(address => address)) public getPair;
    address[] public allPairs;

    function createPair(address tokenA, address tokenB) external returns (address pair) {
        require(tokenA != tokenB, "IDENTICAL_ADDRESSES");
        (address token0, address token1) = tokenA < tokenB ? (tokenA, tokenB) : (tokenB, tokenA);
        require(token0 != address(0), "ZERO_ADDRESS");
        require(getPair[token0][token1] == address(0), "PAIR_EXISTS");
        pair = address(new Pair{salt: keccak256(abi.encodePacked(token0, token1))}());
        Pair(pair).initialize(token0, token1);
        getPair[token0][token1] = pair;
        getPair[token1][token0] = pair;
        allPairs.push(pair);
        emit PairCreated(token0, token1, pair, allPairs.length);
    }
}

contract Router {
    using SafeERC20 for IERC20;

    Factory public immutable factory;

    constructor(Factory factory_) {
        factory = factory_;
    }

    modifier ensure(uint256 deadline) {
        require(deadline >= block.timestamp, "EXPIRED");
        _;
    }

    function quote(uint256 amountA, uint256 reserveA, uint256 reserveB) public pure returns (uint256) {
        require(amountA > 0, "INSUFFICIENT_AMOUNT");
        require(reserveA > 0 && reserveB > 0, "INSUFFICIENT_LIQUIDITY");
        return amountA * reserveB / reserveA;
    }

    function reserves(address tokenA, address tokenB) public view returns (address pair, uint256 a, uint256 b) {
        pair = factory.getPair(tokenA, tokenB);
        (uint256 r0, uint256 r1) = Pair(pair).getReserves();
        (a, b) = tokenA < tokenB ? (r0, r1) : (r1, r0);
    }

    struct Wish {
        uint256 wantA;
        uint256 wantB;
        uint256 minA;
        uint256 minB;
    }

    function amounts(address tokenA, address tokenB, Wish calldata wish)
        internal
        view
        returns (address pair, uint256 amountA, uint256 amountB)
    {
        uint256 reserveA;
        uint256 reserveB;
        (pair, reserveA, reserveB) = reserves(tokenA, tokenB);
        (amountA, amountB) = (wish.wantA, wish.wantB);
        if (reserveA == 0 && reserveB == 0) return (pair, amountA, amountB);
        uint256 optimalB = quote(amountA, reserveA, reserveB);
        if (optimalB <= amountB) {
            require(optimalB >= wish.minB, "INSUFFICIENT_B_AMOUNT");
            amountB = optimalB;
        } else {
            amountA = quote(amountB, reserveB, reserveA);
            require(amountA >= wish.minA, "INSUFFICIENT_A_AMOUNT");
        }
    }

    function addLiquidity(address tokenA, address tokenB, Wish calldata wish, address to, uint256 deadline)
        external
        ensure(deadline)
        returns (uint256 amountA, uint256 amountB, uint256 liquidity)
    {
        if (factory.getPair(tokenA, tokenB) == address(0)) factory.createPair(tokenA, tokenB);
        address pair;
        (pair, amountA, amountB) = amounts(tokenA, tokenB, wish);
        IERC20(tokenA).safeTransferFrom(msg.sender, pair, amountA);
        IERC20(tokenB).safeTransferFrom(msg.sender, pair, amountB);
        liquidity = Pair(pair).mint(to);
    }

    function removeLiquidity(address tokenA, address tokenB, uint256 liquidity, address to) external returns (uint256, uint256) {
        address pair = factory.getPair(tokenA, tokenB);
        IERC20(pair).safeTransferFrom(msg.sender, pair, liquidity);
        (uint256 amount0, uint256 amount1) = Pair(pair).burn(to);
        return tokenA < tokenB ? (amount0, amount1) : (amount1, amount0);
    }

    function amountOut(uint256 amountIn, uint256 reserveIn, uint256 reserveOut) public pure returns (uint256) {
        require(amountIn > 0, "INSUFFICIENT_INPUT_AMOUNT");
        uint256 withFee = amountIn * 997;
        return withFee * reserveOut / (reserveIn * 1000 + withFee);
    }

    function swapExactTokensForTokens(uint256 amountIn, uint256 minOut, address[] calldata path, address to, uint256 deadline)
        external
        ensure(deadline)
        returns (uint256[] memory out)
    {
        require(path.length >= 2, "INVALID_PATH");
        out = new uint256[](path.length);
        out[0] = amountIn;
        for (uint256 i = 0; i + 1 < path.length; i++) {
            (, uint256 reserveIn, uint256 reserveOut) = reserves(path[i], path[i + 1]);
            out[i + 1] = amountOut(out[i], reserveIn, reserveOut);
        }
        require(out[path.length - 1] >= minOut, "INSUFFICIENT_OUTPUT_AMOUNT");
        IERC20(path[0]).safeTransferFrom(msg.sender, factory.getPair(path[0], path[1]), amountIn);
        for (uint256 i = 0; i + 1 < path.length; i++) {
            address next = i + 2 < path.length ? factory.getPair(path[i + 1], path[i + 2]) : to;
            (uint256 out0, uint256 out1) = path[i] < path[i + 1] ? (uint256(0), out[i + 1]) : (out[i + 1], uint256(0));
            Pair(factory.getPair(path[i], path[i + 1])).swap(out0, out1, next);
        }
    }
}
