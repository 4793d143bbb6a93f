// geth-bench CASES [ROUNDS]: for each case of bench/evm/cases.mjs a line with its name, seconds of the fastest
// round, gas, 0 and the Keccak-256 of the output.
package main

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"math"
	"math/big"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/state"
	"github.com/ethereum/go-ethereum/core/tracing"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/core/vm"
	"github.com/ethereum/go-ethereum/core/vm/runtime"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"
	"github.com/holiman/uint256"
)

const gas = uint64(1) << 32

type step struct {
	kind    string
	address common.Address
	data    []byte
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func measure(sender common.Address, name string, steps []step, times uint64, rounds int) {
	world, err := state.New(types.EmptyRootHash, state.NewDatabaseForTesting())
	check(err)
	for _, s := range steps {
		if s.kind == "code" {
			world.CreateAccount(s.address)
			world.SetCode(s.address, s.data, tracing.CodeChangeUnspecified)
		}
	}
	world.Finalise(true)
	rules := *params.MergedTestChainConfig
	zero := uint64(0)
	rules.PragueTime, rules.OsakaTime = &zero, &zero
	random := common.Hash{}
	config := &runtime.Config{ChainConfig: &rules, Origin: sender, GasLimit: math.MaxUint64 / 2, BlockNumber: big.NewInt(1),
		Time: 1, BaseFee: new(big.Int), GasPrice: new(big.Int), Value: new(big.Int), Difficulty: new(big.Int),
		Random: &random, State: world, BlobBaseFee: big.NewInt(1), GetHashFn: func(uint64) common.Hash { return common.Hash{} }}
	take := func(s step, input []byte) (time.Duration, uint64, []byte) {
		machine := runtime.NewEnv(config)
		machine.Context.BlockNumber = config.BlockNumber
		active := rules.Rules(config.BlockNumber, true, 1)
		var to *common.Address
		if s.kind != "create" {
			to = &s.address
		}
		world.Prepare(active, sender, common.Address{}, to, vm.ActivePrecompiles(active), nil)
		var output []byte
		var left uint64
		var failed error
		start := time.Now()
		if s.kind == "create" {
			_, _, left, failed = machine.Create(sender, input, gas, new(uint256.Int))
		} else {
			world.SetNonce(sender, world.GetNonce(sender)+1, tracing.NonceChangeUnspecified)
			output, left, failed = machine.Call(sender, s.address, input, gas, new(uint256.Int))
		}
		taken := time.Since(start)
		check(failed)
		world.Finalise(true)
		return taken, gas - left, output
	}
	for _, s := range steps {
		if s.kind == "create" {
			take(s, s.data)
		}
	}
	last := steps[len(steps)-1]
	number := new(big.Int).SetUint64(times)
	input := append(append([]byte{}, last.data...), common.LeftPadBytes(number.Bytes(), 32)...)
	best, used, hash := math.Inf(1), uint64(0), ""
	for round := 0; round < rounds; round++ {
		taken, spent, output := take(last, input)
		best = math.Min(best, taken.Seconds())
		if round == 0 {
			used, hash = spent, hex.EncodeToString(crypto.Keccak256(output))
		}
	}
	fmt.Printf("%s\t%.9f\t%d\t0\t%s\n", name, best, used, hash)
}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: geth-bench CASES [ROUNDS]")
		os.Exit(2)
	}
	rounds := 3
	if len(os.Args) > 2 {
		rounds, _ = strconv.Atoi(os.Args[2])
	}
	file, err := os.Open(os.Args[1])
	check(err)
	var sender common.Address
	name, steps := "", []step{}
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		words := strings.SplitN(lines.Text(), " ", 3)
		switch words[0] {
		case "sender":
			sender = common.HexToAddress(words[1])
		case "case":
			name, steps = words[2], nil
		case "counts":
		default:
			rest := strings.Split(words[2], " ")
			data, err := hex.DecodeString(strings.TrimPrefix(rest[0], "0x"))
			check(err)
			steps = append(steps, step{words[0], common.HexToAddress(words[1]), data})
			if words[0] == "run" {
				times, err := strconv.ParseUint(rest[1], 10, 64)
				check(err)
				measure(sender, name, steps, times, rounds)
			}
		}
	}
}
