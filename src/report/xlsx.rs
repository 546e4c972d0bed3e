//! The report as a spreadsheet: a sheet for each table, with all its rows.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use crate::planning::report::Report;

use super::{
    sections,
    table::{Cell, Table},
};

/// The rows that a sheet can have below its heading.
const MOST_ROWS: usize = 1_048_575;

/// Columns are at least and at most so wide.
const WIDTHS: std::ops::RangeInclusive<f64> = 10.0..=60.0;

/// How numbers look.
struct Looks {
    heading: Format,
    fte: Format,
    count: Format,
    money: Format,
    share: Format,
    date: Format,
    text: Format,
}

impl Looks {
    fn new() -> Self {
        let number = |form: &str| Format::new().set_num_format(form);
        Self {
            heading: Format::new().set_bold().set_text_wrap(),
            fte: number("#,##0.00###"),
            count: number("#,##0"),
            money: number("£#,##0.00"),
            share: number("0.0 %"),
            date: number("yyyy-mm-dd"),
            // Text stays text, whatever it begins with.
            text: number("@"),
        }
    }
}

/// The spreadsheet. The same report gives the same bytes.
pub fn workbook(report: &Report) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let title = &report.about.plan.title;
    let made = day(report.about.as_of).or_else(|_| ExcelDateTime::from_ymd(2000, 1, 1))?;
    workbook.set_properties(&DocProperties::new().set_title(title).set_creation_datetime(&made));
    let looks = Looks::new();
    for table in sections::sheets(report) {
        fill(workbook.add_worksheet(), &table, &looks)?;
    }
    workbook.save_to_buffer()
}

fn fill(sheet: &mut Worksheet, table: &Table, looks: &Looks) -> Result<(), XlsxError> {
    sheet.set_name(table.sheet)?;
    sheet.set_freeze_panes(1, 0)?;
    for (column, heading) in (0..).zip(&table.columns) {
        sheet.write_string_with_format(0, column, &heading.title, &looks.heading)?;
        sheet.set_column_width(column, width(table, column.into()))?;
    }
    for (row, cells) in (1..).zip(table.rows.iter().take(MOST_ROWS)) {
        for (column, cell) in (0..).zip(cells) {
            write(sheet, (row, column), cell, looks)?;
        }
    }
    Ok(())
}

/// Wide enough for its title and the first rows.
fn width(table: &Table, column: usize) -> f64 {
    let cells = table.rows.iter().take(200).filter_map(|row| row.get(column));
    let longest = cells.map(|cell| cell.shown().chars().count()).max().unwrap_or(0);
    let title = table.columns[column].title.chars().count();
    let characters = u32::try_from(longest.max(title)).unwrap_or(u32::MAX);
    (f64::from(characters) + 2.0).clamp(*WIDTHS.start(), *WIDTHS.end())
}

fn write(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    cell: &Cell,
    looks: &Looks,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Text(text) if text.is_empty() => {}
        Cell::Text(text) => {
            sheet.write_string_with_format(row, column, text, &looks.text)?;
        }
        Cell::Fte(fte) => {
            sheet.write_number_with_format(row, column, fte.to_f64(), &looks.fte)?;
        }
        Cell::Count(number) => {
            sheet.write_number_with_format(row, column, *number as f64, &looks.count)?;
        }
        Cell::Pence(pence) => {
            sheet.write_number_with_format(row, column, *pence as f64 / 100.0, &looks.money)?;
        }
        Cell::Share(part, whole) if whole.count() > 0 => {
            let share = part.count() as f64 / whole.count() as f64;
            sheet.write_number_with_format(row, column, share, &looks.share)?;
        }
        Cell::Date(date) => match day(*date) {
            Ok(date) => {
                sheet.write_datetime_with_format(row, column, &date, &looks.date)?;
            }
            // What is before 1900 is no date in a spreadsheet.
            Err(_) => {
                sheet.write_string(row, column, date.to_string())?;
            }
        },
        Cell::Share(..) | Cell::Nothing => {}
    }
    Ok(())
}

fn day(date: chrono::NaiveDate) -> Result<ExcelDateTime, XlsxError> {
    use chrono::Datelike;
    let part = |part: u32| u8::try_from(part).unwrap_or(0);
    let year = u16::try_from(date.year()).unwrap_or(0);
    ExcelDateTime::from_ymd(year, part(date.month()), part(date.day()))
}
