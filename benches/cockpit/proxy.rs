//! A wire between cockpit and API server that notes every request, and can hold back what the server says.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// A request as it passed.
#[derive(Clone, Debug)]
pub struct Request {
    /// When its first byte passed.
    pub at: Instant,
    /// Its method.
    pub method: String,
    /// Its path and query.
    pub path: String,
}

/// The wire.
pub struct Proxy {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Proxy {
    /// Listens on loopback; what the server says comes `delay` later.
    pub fn before(server: SocketAddr, delay: Duration) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let requests = Arc::new(Mutex::new(Vec::new()));
        let kept = requests.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // A connection that cannot be made is closed: the cockpit tries again.
                drop(join(client, server, delay, &kept));
            }
        });
        Ok(Self { address, requests })
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every request since the last call.
    pub fn take(&self) -> Vec<Request> {
        std::mem::take(&mut *self.requests.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn join(
    client: TcpStream,
    server: SocketAddr,
    delay: Duration,
    requests: &Arc<Mutex<Vec<Request>>>,
) -> io::Result<()> {
    let server = TcpStream::connect(server)?;
    for stream in [&client, &server] {
        stream.set_nodelay(true)?;
    }
    let (from, to) = (client.try_clone()?, server.try_clone()?);
    let requests = requests.clone();
    thread::spawn(move || up(from, to, &requests));
    thread::spawn(move || down(server, client, delay));
    Ok(())
}

/// From the cockpit to the server; requests are seen at the beginning of what is read.
fn up(mut from: TcpStream, mut to: TcpStream, requests: &Mutex<Vec<Request>>) {
    let mut bytes = [0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        let at = Instant::now();
        if let Some(request) = request(&bytes[..count], at) {
            let mut kept = requests.lock().unwrap_or_else(PoisonError::into_inner);
            kept.push(request);
        }
        if to.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    // Gone already, where it was the server that ended.
    drop(to.shutdown(Shutdown::Both));
}

fn request(bytes: &[u8], at: Instant) -> Option<Request> {
    let line = bytes.split(|byte| *byte == b'\r').next()?;
    let mut words = std::str::from_utf8(line).ok()?.split(' ');
    let (method, path, version) = (words.next()?, words.next()?, words.next()?);
    version.starts_with("HTTP/").then(|| Request {
        at,
        method: method.to_owned(),
        path: path.to_owned(),
    })
}

fn down(mut from: TcpStream, to: TcpStream, delay: Duration) {
    let (send, held) = channel();
    let written = thread::spawn(move || write(to, &held));
    let mut bytes = [0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        if send
            .send((Instant::now() + delay, bytes[..count].to_vec()))
            .is_err()
        {
            break;
        }
    }
    drop(send);
    drop(written.join());
}

fn write(mut to: TcpStream, held: &Receiver<(Instant, Vec<u8>)>) {
    while let Ok((due, bytes)) = held.recv() {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        if to.write_all(&bytes).is_err() {
            break;
        }
    }
    drop(to.shutdown(Shutdown::Both));
}
