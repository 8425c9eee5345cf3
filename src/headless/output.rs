//! Where a command writes: text or one JSON document to standard output, notices to standard error.

use crate::cli::globals::Format;
use crate::domain::text::clean_line;
use serde::Serialize;
use std::io::{self, Write};

/// Both outputs and the form of the first.
pub struct Output<'w> {
    format: Format,
    out: Box<dyn Write + Send + 'w>,
    err: Box<dyn Write + Send + 'w>,
}

impl<'w> Output<'w> {
    /// Writes documents and text to `out`, notices to `err`.
    pub fn new(format: Format, out: impl Write + Send + 'w, err: impl Write + Send + 'w) -> Self {
        Self {
            format,
            out: Box::new(out),
            err: Box::new(err),
        }
    }

    /// Writes to the process's own outputs.
    pub fn standard(format: Format) -> Output<'static> {
        Output::new(format, io::stdout(), io::stderr())
    }

    /// The form of standard output.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Prints `document` in the form that is wanted: as one line of JSON, or as the lines of `text`.
    pub fn print<D: Serialize>(
        &mut self,
        document: &D,
        text: impl FnOnce(&D) -> Vec<String>,
    ) -> io::Result<()> {
        match self.format {
            Format::Json => {
                serde_json::to_writer(&mut self.out, document).map_err(io::Error::from)?;
                writeln!(self.out)?;
                self.out.flush()
            }
            Format::Text => self.lines(text(document)),
        }
    }

    /// Prints `document` as JSON, or lines that carry colours of the program's own.
    pub fn coloured<D: Serialize>(
        &mut self,
        document: &D,
        lines: impl IntoIterator<Item = String>,
    ) -> io::Result<()> {
        match self.format {
            Format::Json => self.print(document, |_| Vec::new()),
            Format::Text => {
                for line in lines {
                    writeln!(self.out, "{line}")?;
                }
                self.out.flush()
            }
        }
    }

    /// Prints a text that the program itself made, as it is, whatever the form: nothing in it came from outside.
    pub fn verbatim(&mut self, text: &[u8]) -> io::Result<()> {
        self.out.write_all(text)?;
        self.out.flush()
    }

    /// Prints lines for people; with JSON on standard output they go to standard error.
    pub fn lines(&mut self, lines: impl IntoIterator<Item = String>) -> io::Result<()> {
        let to = match self.format {
            Format::Text => &mut self.out,
            Format::Json => &mut self.err,
        };
        for line in lines {
            writeln!(to, "{}", clean_line(&line))?;
        }
        to.flush()
    }

    /// Prints a line to standard error.
    pub fn notice(&mut self, line: &str) -> io::Result<()> {
        writeln!(self.err, "{}", clean_line(line))?;
        self.err.flush()
    }

    /// Prints a question to standard error and stays on its line.
    pub fn prompt(&mut self, question: &str) -> io::Result<()> {
        write!(self.err, "{} ", clean_line(question))?;
        self.err.flush()
    }
}
