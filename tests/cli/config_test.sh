#!/usr/bin/env bash
# The node's configuration file: equal to options, which win; and what is refused.
source "$(dirname "$0")/tap.sh"
source "$(dirname "$0")/../node/node.sh"

config=$work/node.toml
# wrong NAME PATTERN TEXT: refused, with file and line.
wrong() {
    printf '%b' "$3" >"$config"
    refused "$1" 3 "$2" "$ashlar" node --dev --config "$config"
}

cat >"$config" <<END
dev = true            # a development chain
datadir = "$work/data"
[sequencer]
block_time = 1
gas-limit = 20_000_000
[log]
log-format = 'json'
END
start --config "$config"
is "what the file says holds" "$(node -e '
    console.log(JSON.parse(require("fs").readFileSync(process.argv[1], "utf8").split("\n")[0]).datadir)' "$work/node.err")" \
    "$work/data"
sleep 1.2
is "numbers of the file hold" "$(rpc eth_blockNumber | json 'it.result > 0')" true
stop
start --config "$config" --log-format text --datadir "$work/other"
is "options of the command line win" "$(grep -c "event=started .*datadir=$work/other$" "$work/node.err")" 1
stop

wrong "an unknown key, with what is meant" "node.toml:2: there is no key 'htp-port'; is 'http-port' meant\?" \
    '[rpc]\nhtp-port = 1\n'
wrong "an unknown key that is like none" "node.toml:1: there is no key 'favicon'; \`ashlar node --help\`" 'favicon = 1\n'
wrong "an unknown table, with what is meant" "node.toml:2: there is no table 'rcp'; is 'rpc' meant\?" '[rcp]\nhttp-port = 1\n'
wrong "a key in the wrong table" "node.toml:2: 'http-port' belongs to \[rpc\], not to \[log\]" '[log]\nhttp-port = 1\n'
wrong "a key twice, by dash and underscore" "node.toml:3: 'http_port' is there twice, first in node.toml:2" \
    '[rpc]\nhttp-port = 1\nhttp_port = 1\n'
wrong "a string for a number" "node.toml:1: 'http-port' must be a whole number, not a string" 'http-port = "1"\n'
wrong "a number for a flag" "node.toml:1: 'dev' must be true or false, not a whole number" 'dev = 1\n'
wrong "a number out of its range" "node.toml:2: http-port must be a whole number from 0 to 65535, not '65536'" \
    '\nhttp-port = 65536\n'
wrong "a negative number" "node.toml:1: gas-limit must be a whole number from 5000" 'gas-limit = -1\n'
wrong "a word that is no choice" "node.toml:1: log-level must be debug\|info\|warn\|error, not 'loud'" 'log-level = "loud"\n'
wrong "a file that names another" "node.toml:1: there is no key 'config'" 'config = "other.toml"\n'
wrong "what is no TOML" "node.toml:2: a key lacks its = and value" 'dev = true\nhttp-port\n'
refused "a file that is not there" 3 "none.toml: No such file" "$ashlar" node --dev --config "$work/none.toml"
refused "a folder" 3 "is not a file" "$ashlar" node --dev --config "$work"
tap_end
