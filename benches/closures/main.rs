//! How long a recommendation takes, and how good it is: made-up gaps and options, seeded, so that every
//! run chooses among the same.
//!
//! ```sh
//! cargo bench --bench closures
//! ```

#![allow(clippy::unwrap_used, missing_docs, reason = "a benchmark that fails says so by panicking")]

mod made_up;

use std::time::Instant;

use digital_skills_registry::planning::closure::{self, Recommendation};

use made_up::{Size, made_up};

fn main() {
    println!(
        "options  budget         chosen  spent          gained  of bound  proven  whole answer"
    );
    for size in [
        Size { organisations: 10, options_each: 1 },
        Size { organisations: 50, options_each: 1 },
        Size { organisations: 50, options_each: 2 },
        Size { organisations: 250, options_each: 1 },
    ] {
        let (columns, query, options) = made_up(size);
        for budget in [5_000_000, 50_000_000, 500_000_000] {
            let started = Instant::now();
            let found = closure::recommend(&columns, &query, &options, budget, &|| false).unwrap();
            tell(options.len(), budget, &found, started);
        }
    }
}

fn tell(options: usize, budget: i64, found: &Recommendation, started: Instant) {
    let Recommendation { choices, point, proven, .. } = found;
    println!(
        "{options:7}  £{:12}  {:6}  £{:12}  {:6.1}  {:7.3} %  {proven:6}  {:9.3} s",
        budget / 100,
        choices.len(),
        point.cost / 100,
        point.gained.to_f64(),
        (1.0 - point.gap) * 100.0,
        started.elapsed().as_secs_f64(),
    );
    let worst = found.curve.iter().map(|point| point.gap).fold(0.0, f64::max);
    println!(
        "         {:.3} % of the bound at the worst point of the curve",
        (1.0 - worst) * 100.0
    );
}
