//! The same as measure.h.
use std::time::Instant;

pub struct Times {
    clock: Instant,
    user: f64,
    system: f64,
}

pub struct Seconds {
    clock: f64,
    user: f64,
    system: f64,
}

fn seconds(t: libc::timeval) -> f64 {
    t.tv_sec as f64 + 1e-6 * t.tv_usec as f64
}

impl Times {
    pub fn now() -> Self {
        // SAFETY: a rusage of zeros is one, and getrusage fills it.
        let used = unsafe {
            let mut used: libc::rusage = std::mem::zeroed();
            libc::getrusage(libc::RUSAGE_SELF, &mut used);
            used
        };
        Times { clock: Instant::now(), user: seconds(used.ru_utime), system: seconds(used.ru_stime) }
    }

    pub fn elapsed(&self) -> Seconds {
        let now = Self::now();
        Seconds {
            clock: (now.clock - self.clock).as_secs_f64(),
            user: now.user - self.user,
            system: now.system - self.system,
        }
    }
}

pub fn print(cycles: u64, cells: u64, proving: Seconds, verifying: Seconds, proof_bytes: u64) {
    println!(
        "{{\"cycles\": {cycles}, \"cells\": {cells}, \"clock\": {:.2}, \"user\": {:.2}, \"system\": {:.2}, \
         \"verifying\": {:.3}, \"proof_bytes\": {proof_bytes}}}",
        proving.clock, proving.user, proving.system, verifying.clock
    );
}
