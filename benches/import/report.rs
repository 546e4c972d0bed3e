//! The figures as tables.

use std::time::Duration;

use comfy_table::{CellAlignment, Table, presets::UTF8_FULL_CONDENSED};

use crate::{
    isolation::{Isolation, Reads},
    plain::Plain,
    server::Memory,
    stream::Run,
};

/// Prints what imports were measured to be on a database.
pub fn imports(database: &str, runs: &[Run], plain: &[Plain]) {
    println!("\n{database}: imports by one client");
    println!("{}", summary(runs));
    println!("Each tenth of an import: rows/s, and resident memory of the server after it");
    println!("{}", tenths(runs));
    if !plain.is_empty() {
        println!("Beside its own program, and the registry's share of its speed");
        println!("{}", beside(runs, plain));
    }
}

/// Prints what others noticed.
pub fn isolation(isolation: &Isolation) {
    println!("Get by a second client");
    println!("{}", reads(isolation));
    let [before, full, after] = isolation.memory.map(|memory| mib(memory.now));
    println!(
        "A caller that reads no answers could send {} batches. Memory before it {before}, when it \
         could send no more {full}, after the reads of the other {after}. A batch of another client \
         took {} meanwhile.",
        isolation.taken,
        milliseconds(isolation.batch_beside_stalled),
    );
}

/// Prints what batches of all sizes took.
pub fn uneven([before, after]: [Memory; 2]) {
    println!(
        "Memory before batches of which no two have the same size {}, and after them {}.",
        mib(before.now),
        mib(after.now),
    );
}

fn summary(runs: &[Run]) -> Table {
    let mut table = table(&["", "rows", "seconds", "rows/s", "before", "after", "most ever"]);
    for run in runs {
        let after = run.tenths.last().map_or(Memory::default(), |(_, memory)| *memory);
        table.add_row([
            run.what.clone(),
            run.rows.to_string(),
            format!("{:.1}", run.took.as_secs_f64()),
            speed(run.rows, run.took),
            mib(run.before.now),
            mib(after.now),
            mib(after.most),
        ]);
    }
    aligned(table)
}

fn tenths(runs: &[Run]) -> Table {
    let mut table = table(&["", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"]);
    for run in runs {
        let cells = run
            .tenths
            .iter()
            .map(|(took, memory)| format!("{}\n{}", speed(run.rows / 10, *took), mib(memory.now)));
        table.add_row([run.what.clone()].into_iter().chain(cells));
    }
    aligned(table)
}

fn beside(runs: &[Run], plain: &[Plain]) -> Table {
    let mut table = table(&["", "", "rows/s", "registry"]);
    for plain in plain {
        let own = runs.iter().find(|run| run.what == format!("{} CREATED", plain.table));
        let Some(own) = own else { continue };
        for (what, took) in [("rows", plain.rows), ("rows and change rows", plain.rows_and_changes)]
        {
            table.add_row([
                format!("{} {}", plain.table, plain.program),
                what.to_owned(),
                speed(own.rows, took),
                format!("{:.0} %", 100.0 * took.as_secs_f64() / own.took.as_secs_f64()),
            ]);
        }
    }
    aligned(table)
}

fn reads(isolation: &Isolation) -> Table {
    let mut table = table(&["meanwhile", "median", "99th", "slowest"]);
    let mut row = |what: &str, reads: &Reads| {
        let cells = [0.5, 0.99, 1.0].map(|share| milliseconds(reads.quantile(share)));
        table.add_row([what.to_owned()].into_iter().chain(cells));
    };
    row("nothing", &isolation.idle);
    row("an import", &isolation.importing);
    row("an import whose caller does not read", &isolation.stalled);
    aligned(table)
}

fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED);
    table.set_header(header);
    table
}

fn aligned(mut table: Table) -> Table {
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn speed(rows: usize, took: Duration) -> String {
    format!("{:.0}", rows as f64 / took.as_secs_f64())
}

fn mib(kib: u64) -> String {
    format!("{:.1} MiB", kib as f64 / 1024.0)
}

fn milliseconds(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}
