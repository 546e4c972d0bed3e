//! The report as a spreadsheet: one sheet per table, with all its rows.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use crate::{
    planning::report::Report,
    report::{
        section::Section,
        summary,
        table::{Cell, Table},
    },
};

/// Maximum number of rows of a sheet, without its heading.
const MAX_ROWS: usize = 1_048_575;

/// Minimum and maximum width of a column, in characters.
const WIDTHS: std::ops::RangeInclusive<f64> = 10.0..=60.0;

/// Cell formats.
struct Formats {
    heading: Format,
    fte: Format,
    count: Format,
    money: Format,
    share: Format,
    date: Format,
    text: Format,
}

impl Formats {
    fn new() -> Self {
        let number = |form: &str| Format::new().set_num_format(form);
        Self {
            heading: Format::new().set_bold().set_text_wrap(),
            fte: number("#,##0.00###"),
            count: number("#,##0"),
            money: number("£#,##0.00"),
            share: number("0.0 %"),
            date: number("yyyy-mm-dd"),
            // Text stays text, even if it starts like a formula or a number.
            text: number("@"),
        }
    }
}

/// Renders the spreadsheet. Equal reports give equal bytes.
pub fn workbook(report: &Report, sections: &[Section]) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let title = &report.about.plan.title;
    let created = day(report.about.as_of).or_else(|_| ExcelDateTime::from_ymd(2000, 1, 1))?;
    workbook.set_properties(&DocProperties::new().set_title(title).set_creation_datetime(&created));
    let formats = Formats::new();
    fill(workbook.add_worksheet(), &about(report, sections), &formats)?;
    for table in sections.iter().flat_map(|section| &section.tables) {
        fill(workbook.add_worksheet(), table, &formats)?;
    }
    workbook.save_to_buffer()
}

/// First sheet: the sources of the report, and the sentence of each section.
fn about(report: &Report, sections: &[Section]) -> Table {
    let sentences = sections.iter().map(|section| (section.label, section.sentence.clone()));
    let rows = (summary::facts(report).into_iter())
        .chain([("In one sentence", summary::headline(report))])
        .chain(sentences)
        .map(|(what, text)| vec![what.into(), Cell::Text(text)]);
    Table::new("About", "Sources of this report", &["What", "Which"]).with(rows)
}

fn fill(sheet: &mut Worksheet, table: &Table, formats: &Formats) -> Result<(), XlsxError> {
    sheet.set_name(table.sheet)?;
    sheet.set_freeze_panes(1, 0)?;
    for (column, heading) in (0..).zip(&table.columns) {
        sheet.write_string_with_format(0, column, &heading.title, &formats.heading)?;
        sheet.set_column_width(column, width(table, column.into()))?;
    }
    for (row, cells) in (1..).zip(table.rows.iter().take(MAX_ROWS)) {
        for (column, cell) in (0..).zip(cells) {
            write(sheet, (row, column), cell, formats)?;
        }
    }
    Ok(())
}

/// Width of a column that fits its title and its first rows.
fn width(table: &Table, column: usize) -> f64 {
    let cells = table.rows.iter().take(200).filter_map(|row| row.get(column));
    let longest = cells.map(|cell| cell.text().chars().count()).max().unwrap_or(0);
    let title = table.columns[column].title.chars().count();
    let characters = u32::try_from(longest.max(title)).unwrap_or(u32::MAX);
    (f64::from(characters) + 2.0).clamp(*WIDTHS.start(), *WIDTHS.end())
}

fn write(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    cell: &Cell,
    formats: &Formats,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Text(text) if text.is_empty() => {}
        Cell::Text(text) => {
            sheet.write_string_with_format(row, column, text, &formats.text)?;
        }
        Cell::Fte(fte) => {
            sheet.write_number_with_format(row, column, fte.to_f64(), &formats.fte)?;
        }
        Cell::Count(number) => {
            sheet.write_number_with_format(row, column, *number as f64, &formats.count)?;
        }
        Cell::Pence(pence) => {
            sheet.write_number_with_format(row, column, *pence as f64 / 100.0, &formats.money)?;
        }
        Cell::Share(part, whole) if whole.count() > 0 => {
            let share = part.count() as f64 / whole.count() as f64;
            sheet.write_number_with_format(row, column, share, &formats.share)?;
        }
        Cell::Date(date) => match day(*date) {
            Ok(date) => {
                sheet.write_datetime_with_format(row, column, &date, &formats.date)?;
            }
            // Spreadsheets have no dates before 1900.
            Err(_) => {
                sheet.write_string(row, column, date.to_string())?;
            }
        },
        Cell::Share(..) | Cell::Empty => {}
    }
    Ok(())
}

fn day(date: chrono::NaiveDate) -> Result<ExcelDateTime, XlsxError> {
    use chrono::Datelike;
    let part = |part: u32| u8::try_from(part).unwrap_or(0);
    let year = u16::try_from(date.year()).unwrap_or(0);
    ExcelDateTime::from_ymd(year, part(date.month()), part(date.day()))
}
