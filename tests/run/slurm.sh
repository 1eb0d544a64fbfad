# godiff sweep --slurm: the script; and on a Slurm of this machine alone an array of which two tasks are killed and others
# meet their time limit.
. "$(dirname "$0")/lib.sh"
PATH=$PATH:/usr/sbin:/sbin

# The short runs take no time, the long ones some seconds.
cp "$here/tiny.yaml" tiny.yaml
sweep="sweep tiny.yaml --vary loop.times=3,2000 --seeds 0..3"

godiff $sweep --out printed --print --slurm '--time=1 --partition=main' --jobs 3
check "the script is printed" printed '^#SBATCH --array=0-7%3$'
check "options come last" printed '^#SBATCH --time=1 --partition=main$'
check "a shell reads it" sh -n stdout
check "nothing is written or submitted" missing printed
check "what makes the folder is said" said "^warning: printed: the script works on this folder, which is not there yet: the same call without --print makes it"
godiff $sweep --out printed --print --slurm '--time=1
rm -rf /'
check "options of several lines are refused" exited 2
check "and it says so" said 'more than one line'
mkdir "odd 'folder%"
godiff $sweep --out "odd 'folder%" --print --slurm --partition=main
check "a shell reads odd folders" sh -n stdout
check "Slurm reads % in a folder twice" printed "^#SBATCH --output=.*odd 'folder%%/slurm/%A_%a.log\"$"
PATH=/nowhere godiff $sweep --out nowhere --slurm --partition=main
check "no sbatch: exit code 1" exited 1
check "no sbatch: it says so and where the script is" said 'cannot start sbatch: .*; the script is .*nowhere/sweep.sbatch'
godiff $sweep --out printed --print --slurm --partition=main --threads 3 --fail-fast
check "--threads and --fail-fast are for each task" printed "--threads 3 .*--fail-fast"
godiff $sweep --out printed --print --slurm --partition=main
check "without --threads it is the processors of the task" printed '--threads "\$[{]SLURM_CPUS_PER_TASK:-1[}]"'
check "and without --fail-fast a task goes on" lacks --fail-fast stdout
godiff $sweep --out printed --print --slurm --partition=main --retry
check "a script that is only printed retries nothing" said '^error: --print --slurm notes nothing'

# Of the tasks of --retry, by an sbatch that does nothing, one begins a failed run again, and only once.
mkdir bin
printf '#!/bin/sh\n' >bin/sbatch
chmod +x bin/sbatch
godiff sweep tiny.yaml --set 'evaluate*.clash=90' --seeds 0..1 --out failed --quiet
check "both runs fail" value_is "$(ls failed/failed | wc -l)" 2
starts() { cat failed/runs/*/history.jsonl failed/runs/*/*/history.jsonl 2>/dev/null | wc -l; }
before=$(starts)
task() { (unset SLURM_ARRAY_JOB_ID; sh failed/sweep.sbatch >/dev/null 2>&1); }
PATH=$PWD/bin:$PATH godiff sweep failed --slurm --partition=main
check "without --retry there is nothing to submit" printed 'nothing to submit'
PATH=$PWD/bin:$PATH godiff sweep failed --slurm --partition=main --retry
check "there is a task for each failed run" grep -q '^#SBATCH --array=0-1$' failed/sweep.sbatch
task
check "the first task begins both again" value_is "$(starts)" $((before + 2))
task
check "the second none" value_is "$(starts)" $((before + 2))
check "they have failed again" value_is "$(ls failed/failed | wc -l)" 2

for program in sbatch slurmctld slurmd munged mungekey; do
    if ! command -v "$program" >/dev/null; then
        skip "a job array" "$program is not installed (Debian: slurm-wlm, munge)"
        finish
    fi
done
if [ "$(id -u)" -ne 0 ]; then
    skip "a job array" "only root can start a Slurm"
    finish
fi

# --- A Slurm with its own authentication, on the loopback address, with its files in $work ----------------------------
slurm=$work/slurm host=$(hostname -s) port=$((20000 + $$ % 20000))
mkdir -p "$slurm/spool" "$slurm/state" "$slurm/log"
stop_slurm() {
    for daemon in slurmd slurmctld munged; do
        [ ! -s "$slurm/$daemon.pid" ] || kill "$(cat "$slurm/$daemon.pid")" 2>/dev/null
    done
    sleep 1
}
trap 'stop_slurm; rm -rf "$work"' EXIT
mungekey --create --keyfile="$slurm/munge.key" >/dev/null
munged --force --key-file="$slurm/munge.key" --socket="$slurm/munge.socket" --pid-file="$slurm/munged.pid" \
    --log-file="$slurm/log/munged.log" --seed-file="$slurm/munge.seed" >/dev/null 2>&1
cat >"$slurm/slurm.conf" <<EOF
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=cred_expire=5,socket=$slurm/munge.socket
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmctldPort=$port
SlurmdPort=$((port + 1))
StateSaveLocation=$slurm/state
SlurmdSpoolDir=$slurm/spool
SlurmctldPidFile=$slurm/slurmctld.pid
SlurmdPidFile=$slurm/slurmd.pid
SlurmctldLogFile=$slurm/log/slurmctld.log
SlurmdLogFile=$slurm/log/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=1,batch_sched_delay=0,sched_min_interval=0
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
JobCompType=jobcomp/filetxt
JobCompLoc=$slurm/log/jobcomp.txt
MpiDefault=none
ReturnToService=2
KillWait=5
NodeName=$host NodeAddr=127.0.0.1 NodeHostname=$host CPUs=$(nproc) State=UNKNOWN
PartitionName=main Nodes=$host Default=YES MaxTime=INFINITE State=UP
EOF
SLURM_CONF=$slurm/slurm.conf
export SLURM_CONF
slurmctld >/dev/null 2>&1
slurmd >/dev/null 2>&1

# wait_for SECONDS COMMAND...: until it succeeds.
wait_for() {
    left=$(($1 * 5))
    shift
    until "$@"; do
        left=$((left - 1))
        [ "$left" -gt 0 ] || return 1
        sleep 0.2
    done
}
is_idle() { [ "$(sinfo -h -o %T 2>/dev/null)" = idle ]; }
if ! wait_for 30 is_idle; then
    skip "a job array" "Slurm does not start here: $(tail -n 1 "$slurm/log/slurmctld.log" | tr '#' ' ')"
    finish
fi

# --- The array ---------------------------------------------------------------------------------------------------------
godiff $sweep --out sweep --slurm '--time=1 --signal=B:TERM@50'
check "the array is submitted" printed '^Submitted batch job [0-9]+$'
check "the exit code is 0" exited 0
check "it has a task for each run" grep -q '^#SBATCH --array=0-7$' sweep/sweep.sbatch

task="godiff sweep $work/sweep --jobs 1"
works() { pgrep -f "$task" >/dev/null; }
# The log of a long run grows, and is not near its end. Killed tasks leave logs that do not grow.
under_way() {
    before=$lines
    lines=$(ls -t sweep/runs/loop.times=2000/*/log.txt 2>/dev/null | head -n 1 | xargs -r cat | wc -l)
    [ "$before" -gt 10 ] && [ "$lines" -gt "$before" ] && [ "$lines" -lt 5000 ]
}
lines=0
signalled() { cat $(pgrep -f "$task" | sed 's|.*|/proc/&/status|') 2>/dev/null | grep -Eq '^ShdPnd:.*[4-7c-f][0-9a-f]{3}$'; } # bit 14: TERM
requeued() { grep -qs '^interrupted' sweep/slurm/*.log && scontrol -o show job 2>/dev/null | grep -Eq ' Restarts=[1-9]'; }
queue_is_empty() { [ -z "$(squeue -h 2>/dev/null)" ]; }
check "tasks work" wait_for 30 works
killed=0
while [ "$killed" -lt 2 ] && wait_for 30 works; do
    pkill -KILL -f -o "$task" && killed=$((killed + 1))
    sleep 0.2
done
check "two of them are killed" test "$killed" -eq 2
# Stopped in a long run, a task cannot end before Slurm's signal, however fast the machine is.
check "a long run is under way" wait_for 60 under_way
pkill -STOP -f "$task"
check "Slurm sends a signal before the time limit" wait_for 90 signalled
pkill -CONT -f "$task"
check "a task that gets it is queued again" wait_for 30 requeued
check "the array ends" wait_for 240 queue_is_empty

# What the killed tasks left over, if no other one has found it: the same command again.
godiff $sweep --out sweep --slurm '--time=10'
check "again: exit code 0" exited 0
check "and the array ends" wait_for 120 queue_is_empty
godiff $sweep --out sweep --slurm '--time=10'
check "then nothing is left" printed 'nothing to submit'

godiff $sweep --out alone
for run in runs/loop.times=3/0 runs/loop.times=3/3 runs/loop.times=2000/0 runs/loop.times=2000/1 runs/loop.times=2000/2 runs/loop.times=2000/3; do
    check "$run has the bits of an undisturbed sweep" same "alone/$run/archive.extxyz" "sweep/$run/archive.extxyz"
done
finish
