//! How costs are measured: CPU time of the whole process, the middle of several runs.

use std::time::Duration;

/// CPU time of all threads of this process, from the kernel's scheduler.
pub fn cpu() -> Duration {
    let tasks = std::fs::read_dir("/proc/self/task").expect("linux lists the threads of a process");
    let nanos = tasks
        .filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok())
        .filter_map(|line| line.split(' ').next()?.parse::<u64>().ok())
        .sum();
    Duration::from_nanos(nanos)
}

/// What `work` costs for each of `count`, in microseconds of CPU.
pub fn micros_each(count: usize, work: impl FnOnce()) -> f64 {
    let before = cpu();
    work();
    share(cpu().saturating_sub(before), count)
}

/// The share of each of `count`, in microseconds.
pub fn share(spent: Duration, count: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a few thousand messages")]
    let count = count as f64;
    spent.as_secs_f64() * 1e6 / count
}

/// The middle of several runs.
pub fn median(runs: usize, mut run: impl FnMut() -> f64) -> f64 {
    let mut figures: Vec<f64> = (0..runs).map(|_| run()).collect();
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// CPU time of all threads of another process, also of those that have ended, to a hundredth of a second.
pub fn cpu_of(process: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).expect("Linux tells it");
    // Behind the name, which may hold anything: state is the first, user and system time are the 12th and 13th.
    let (_, fields) = stat.rsplit_once(") ").expect("the name stands in brackets");
    let ticks = fields.split(' ').skip(11).take(2);
    let ticks: u64 = ticks
        .map(|ticks| ticks.parse::<u64>().expect("ticks are a number"))
        .sum();
    Duration::from_millis(ticks * 10)
}

/// Resident memory of a process, in MiB.
pub fn resident_mib(process: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("linux tells of each process");
    let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = kib.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kib.expect("it holds some memory") / 1024.0
}
