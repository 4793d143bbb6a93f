#!/usr/bin/env bash
# The command, with real proofs: the demonstration's block in a few parts, by one process; in a directory, killed; over the queue,
# a worker killed. All three are the same bytes; so are the joined proofs of the last two. Then a node's batch over the queue.
source "$(dirname "$0")/../cli/tap.sh"
source tests/node/node.sh
pid= workers=()
declare -A at # the process of each login
trap 'kill -9 $pid "${workers[@]}" 2>/dev/null; tests/queue/server stop "$server" 2>/dev/null; wait 2>/dev/null; rm -rf "$work" "$server"' EXIT
server=$(mktemp -d)
need_demo
parts=(--parts --segment 16 --memory "${PROVE_MEMORY_GIB:-3}")
joined=(--segment 17 --memory 5) # a node takes two of three parts
wait_until() { # SECONDS COMMAND…
    local left=$(($1 * 5))
    shift
    while ! "$@" >/dev/null 2>&1; do
        left=$((left - 1))
        [ $left -gt 0 ] || return 1
        sleep 0.2
    done
}

run "$ashlar" prove "$demo/block.json" -o "$work/direct" "${parts[@]}"
is "one process proves it" "$code $err" "0 "
sed 's/^/# /' <<<"$out"

# ---- a directory ----
there() { [ "$(find "$work/kept" -name 'part-*' ! -name '*.new' | wc -l)" -ge "$1" ]; }
"$ashlar" prove "$demo/block.json" -o "$work/resumed" "${parts[@]}" --work "$work/kept" >/dev/null 2>&1 &
victim=$!
wait_until 300 there 2
kill -9 $victim
wait $victim 2>/dev/null
is "killed, it leaves no proof" "$(ls "$work" | grep -c resumed)" 0
run "$ashlar" prove "$demo/block.json" -o "$work/resumed" "${parts[@]}" --work "$work/kept"
is "the same command goes on" "$code $err $(grep -cE '^parts +[2-9] of [0-9]+ were there already' <<<"$out")" "0  1"
is "to the same bytes" "$(cmp "$work/direct" "$work/resumed" && echo same)" same
is "and leaves nothing behind" "$(ls "$work/kept" | wc -l)" 0
node_there() { [ -n "$(find "$work/kept" -name 'node-*' ! -name '*.new')" ]; }
"$ashlar" prove "$demo/block.json" -o "$work/joined" "${joined[@]}" --work "$work/kept" >/dev/null 2>&1 &
victim=$!
wait_until 900 node_there
kill -9 $victim
wait $victim 2>/dev/null
run "$ashlar" prove "$demo/block.json" -o "$work/joined" "${joined[@]}" --work "$work/kept"
is "nodes go on, too" "$code $err $(grep -cE '^nodes +[1-9][0-9]* of [0-9]+ were there already' <<<"$out")" "0  1"
sed 's/^/# /' <<<"$out"
exits "and the joined proof verifies" 0 "$ashlar" verify "$work/joined"
refused "a directory that cannot be" 3 "/proc/none: cannot be used" \
    "$ashlar" prove "$demo/block.json" -o "$work/none" "${parts[@]}" --work /proc/none
refused "--work and --queue at once" 2 "do not go together" \
    "$ashlar" prove "$demo/block.json" -o "$work/none" --work "$work/kept" --queue postgres:///x
refused "a queue that is not there" 3 "the queue: connection to server" \
    "$ashlar" prove "$demo/block.json" -o "$work/none" "${parts[@]}" --queue "postgres:///x?host=$work"
refused "a worker without a server" 3 "the queue: connection to server" "$ashlar" worker "postgres:///x?host=$work"

# ---- the queue ----
tests/queue/server start "$server" 2>"$work/server.err"
case $? in
0) ;;
77) tap_skip "a proof over the queue" "$(<"$work/server.err")"; tap_end ;;
*) tap_not_ok "the server starts" "$(<"$work/server.err")"; tap_end ;;
esac
url() { echo "postgresql:///postgres?host=$server/socket&user=$1"; }
sql() { psql -qtA -h "$server/socket" -U postgres postgres -c "$1"; }
sql "create role ashlar_worker nologin; create role keeper login; grant create on database postgres to keeper;
     grant pg_signal_backend, pg_read_all_stats to keeper;
     create role rig1 login in role ashlar_worker; create role rig2 login in role ashlar_worker"

worker() { "$ashlar" worker "$(url "$1")" --memory 6 --threads 1 --name "$1" --log-format text 2>"$work/$1.log" & at[$1]=$! workers+=($!); }
worker rig1 # there is no queue yet: it waits
"$ashlar" prove "$demo/block.json" -o "$work/queued" "${parts[@]}" --queue "$(url keeper)" >"$work/keeper.out" 2>"$work/keeper.err" &
keeper=$!
wait_until 100 sql "select 1 from ashlar.run"
sql "update ashlar.setting set lease = '5 seconds'"
worker rig2
at_work() { [ "$(sql "select at_work from ashlar.workers where login = '$1'")" = 1 ]; }
wait_until 100 at_work rig1
is "a worker that came before the queue waited for it" "$(grep -q 'this database has none yet' "$work/rig1.log" && echo yes)" yes
kill -9 "${at[rig1]}"
worker rig1
wait $keeper
is "workers prove it, though one is killed" "$? $(<"$work/keeper.err")" "0 "
is "to the same bytes" "$(cmp "$work/direct" "$work/queued" && echo same)" same
is "each is named with what it did" "$(grep -cE '(workers|^) +rig[12] rig[12]: [0-9]+ parts in' "$work/keeper.out")" 2
is "the run is off the queue" "$(sql "select count(*) from ashlar.run")" 0
sed 's/^/# /' "$work/keeper.out"

"$ashlar" prove "$demo/block.json" -o "$work/queued.joined" "${joined[@]}" --queue "$(url keeper)" >"$work/keeper.out" 2>"$work/keeper.err" &
keeper=$!
node_at_work() { [ "$(sql "select count(*) > 0 from ashlar.job where level > 0 and state = 'leased'")" = t ]; }
wait_until 900 node_at_work
who=$(sql "select login from ashlar.job where level > 0 and state = 'leased' limit 1")
kill -9 "${at[$who]}"
worker "$who"
wait $keeper
is "workers prove its nodes, though one is killed" "$? $(<"$work/keeper.err")" "0 "
is "to the same bytes as in a directory" "$(cmp "$work/joined" "$work/queued.joined" && echo same)" same
is "and are named with them" "$(grep -cE 'rig[12]: [0-9]+ parts, [0-9]+ nodes? in' "$work/keeper.out" | sed 's/[12]/yes/')" yes
sed 's/^/# /' "$work/keeper.out"

# ---- a node ----
start --dev --datadir "$work/data" --prover "$(url keeper)" --prover-memory 3 --batch-blocks 1 --metrics-port 0 || tap_not_ok "the node starts" "$(<"$work/node.err")"
send >/dev/null
proven() { rpc ashlar_getBatchByNumber '["0x1"]' | grep -q '"status":"proven"'; }
wait_until 300 proven
is "a node's batch is proven by workers" "$(rpc ashlar_getBatchByNumber '["0x1"]' | grep -o '"status":"[a-z]*"') $(sql "select sum(jobs) > 5 from ashlar.worker")" \
    '"status":"proven" t'
curl -s "$url/proofs/1" -o "$work/1.proof"
exits "and verifies" 0 "$ashlar" verify "$work/1.proof"

metrics=$(sed -n 's/.*event=metrics url=//p' "$work/node.err")
is "its metrics have each worker" \
    "$(curl -s "$metrics/metrics" | grep -cE '^ashlar_worker_(jobs_total\{worker="rig[12]/rig[12]",outcome="done"|cells_per_second\{worker="rig[12]/rig[12]")\} [1-9]')" 4

kill -TERM "${at[@]}"
wait "${at[@]}" 2>/dev/null
is "a worker that is told to end says so" "$(tail -1 "$work/rig2.log" | grep -c 'worker ends')" 1
tap_end
