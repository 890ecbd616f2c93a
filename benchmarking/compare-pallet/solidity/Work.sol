// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// Work of the kinds that `cargo xtask compare pallet` measures. Every function returns a checksum of what it did.
contract Work {
    mapping(uint256 => uint256) private cells;

    /// Does nothing: what a call costs.
    function nothing() external pure returns (uint256) {
        return 1;
    }

    /// `n` reads and writes of storage, on 16 cells.
    function storeLoop(uint256 n) external returns (uint256 sum) {
        unchecked {
            for (uint256 i = 0; i < n; i++) {
                uint256 cell = cells[i & 15] + i + 1;
                cells[i & 15] = cell;
                sum += cell;
            }
        }
    }

    /// Keccak-256 over 64 KiB, `n` times. That is all the memory that the compiler gives a contract.
    function hashLoop(uint256 n) external pure returns (uint256 sum) {
        unchecked {
            for (uint256 i = 0; i < n; i++) {
                bytes32 hash;
                assembly {
                    mstore(0, i)
                    hash := keccak256(0, 65536)
                }
                sum += uint256(hash);
            }
        }
    }

    /// The `n`-th Fibonacci number, modulo 2^256.
    function fibonacci(uint256 n) external pure returns (uint256 a) {
        uint256 b = 1;
        unchecked {
            for (uint256 i = 0; i < n; i++) {
                (a, b) = (b, a + b);
            }
        }
    }

    /// Sorts `n` numbers by insertion, at most 256.
    function sort(uint256 n) external pure returns (uint256 sum) {
        uint256[256] memory list;
        unchecked {
            uint256 state = 12345;
            for (uint256 i = 0; i < n; i++) {
                state = (state * 1103515245 + 12345) & 0x7fffffff;
                list[i] = state;
            }
            for (uint256 i = 1; i < n; i++) {
                uint256 item = list[i];
                uint256 j = i;
                while (j > 0 && list[j - 1] > item) {
                    list[j] = list[j - 1];
                    j--;
                }
                list[j] = item;
            }
            for (uint256 i = 0; i < n; i++) {
                sum = sum * 31 + list[i];
            }
        }
    }

    /// The number of primes below `n`, at most 1024, found out `times` times and added up.
    function sieve(uint256 n, uint256 times) external pure returns (uint256 count) {
        bool[1024] memory crossed;
        unchecked {
            for (uint256 time = 0; time < times; time++) {
                for (uint256 i = 2; i < n; i++) {
                    crossed[i] = false;
                }
                for (uint256 i = 2; i < n; i++) {
                    if (crossed[i]) continue;
                    count++;
                    for (uint256 j = i * i; j < n; j += i) {
                        crossed[j] = true;
                    }
                }
            }
        }
    }
}
