//! Plain HTTP/1.1 on one connection that is kept: enough for the demo world, and nothing between the clock and the socket.

use serde_json::Value;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// A connection.
pub struct Http {
    reader: BufReader<TcpStream>,
    host: String,
}

impl Http {
    /// Connects to `http://HOST:PORT`.
    pub fn to(url: &str) -> io::Result<Self> {
        let host = url.trim_start_matches("http://").to_owned();
        let stream = TcpStream::connect(&host)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        Ok(Self {
            reader: BufReader::new(stream),
            host,
        })
    }

    /// One request and its whole answer; anything but a 2xx is an error.
    pub fn ask(&mut self, method: &str, path: &str, body: Option<&Value>) -> io::Result<Value> {
        self.send(method, path, body)?;
        let text = self.answer()?;
        Ok(serde_json::from_slice(&text).unwrap_or(Value::Null))
    }

    /// Begins a watch: what follows are its lines.
    pub fn watch(mut self, path: &str) -> io::Result<Lines> {
        self.send("GET", path, None)?;
        self.head()?;
        Ok(Lines(self.reader))
    }

    fn send(&mut self, method: &str, path: &str, body: Option<&Value>) -> io::Result<()> {
        let text = body.map(Value::to_string).unwrap_or_default();
        let kind = match (method, body) {
            ("PATCH", Some(Value::Array(_))) => "application/json-patch+json",
            ("PATCH", _) => "application/merge-patch+json",
            _ => "application/json",
        };
        let host = &self.host;
        let length = text.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {host}\r\nuser-agent: bench\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n{text}"
        );
        self.reader.get_mut().write_all(request.as_bytes())
    }

    /// The status, the length where one is told, and whether it comes in chunks.
    fn head(&mut self) -> io::Result<(u16, Option<usize>, bool)> {
        let mut line = String::new();
        self.reader.read_line(&mut line)?;
        let status = line.split(' ').nth(1).and_then(|word| word.parse().ok());
        let status = status.ok_or_else(|| io::Error::other(format!("no status: {line:?}")))?;
        let (mut length, mut chunked) = (None, false);
        loop {
            line.clear();
            self.reader.read_line(&mut line)?;
            let header = line.trim().to_ascii_lowercase();
            if header.is_empty() {
                return Ok((status, length, chunked));
            }
            if let Some(value) = header.strip_prefix("content-length:") {
                length = value.trim().parse().ok();
            }
            chunked |= header.starts_with("transfer-encoding:") && header.ends_with("chunked");
        }
    }

    fn answer(&mut self) -> io::Result<Vec<u8>> {
        let (status, length, chunked) = self.head()?;
        let mut body = Vec::new();
        if chunked {
            while let Some(chunk) = chunk(&mut self.reader)? {
                body.extend(chunk);
            }
        } else {
            body.resize(length.unwrap_or(0), 0);
            self.reader.read_exact(&mut body)?;
        }
        if (200..300).contains(&status) {
            return Ok(body);
        }
        let text = String::from_utf8_lossy(&body).into_owned();
        Err(io::Error::other(format!("{status}: {text}")))
    }
}

fn chunk(reader: &mut BufReader<TcpStream>) -> io::Result<Option<Vec<u8>>> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let length = usize::from_str_radix(line.trim(), 16).map_err(io::Error::other)?;
    let mut bytes = vec![0; length + 2];
    reader.read_exact(&mut bytes)?;
    bytes.truncate(length);
    Ok((length > 0).then_some(bytes))
}

/// The lines of a watch.
pub struct Lines(BufReader<TcpStream>);

impl Lines {
    /// The next line, however the server cut it into chunks.
    pub fn next(&mut self, kept: &mut Vec<u8>) -> io::Result<Vec<u8>> {
        loop {
            if let Some(end) = kept.iter().position(|byte| *byte == b'\n') {
                let rest = kept.split_off(end + 1);
                return Ok(std::mem::replace(kept, rest));
            }
            let chunk = chunk(&mut self.0)?;
            kept.extend(chunk.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))?);
        }
    }
}

/// The address in a URL.
pub fn address(url: &str) -> SocketAddr {
    url.trim_start_matches("http://")
        .parse()
        .expect("the world tells loopback addresses")
}
