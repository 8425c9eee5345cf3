//! Loopback addresses for pods, so that each has an address of its own and several worlds run side by side.
//!
//! A world hands out the addresses of a random block of 127/8, and moves to another block where one is taken.

use std::io;
use std::net::Ipv4Addr;
use std::sync::{Mutex, PoisonError};

use tokio::net::TcpListener;

use crate::demo::dice::Dice;

const ATTEMPTS: u8 = 32;
const LAST_HOST: u8 = 250;

/// Hands out addresses; none twice before its block is used up.
#[derive(Debug)]
pub(crate) struct Addresses(Mutex<Block>);

#[derive(Debug)]
struct Block {
    dice: Dice,
    prefix: [u8; 2],
    last: u8,
}

impl Addresses {
    pub(crate) fn new() -> Self {
        let mut block = Block {
            dice: Dice::unseeded(),
            prefix: [0; 2],
            last: 0,
        };
        block.move_on();
        Self(Mutex::new(block))
    }

    /// Binds a port on an address that nobody has.
    pub(crate) async fn bind(&self, port: u16) -> io::Result<(Ipv4Addr, TcpListener)> {
        let mut failure = io::Error::from(io::ErrorKind::AddrNotAvailable);
        for _ in 0..ATTEMPTS {
            let address = self.next();
            match TcpListener::bind((address, port)).await {
                Ok(listener) => return Ok((address, listener)),
                Err(error) => failure = error,
            }
            self.block(Block::move_on);
        }
        Err(failure)
    }

    fn next(&self) -> Ipv4Addr {
        self.block(|block| {
            if block.last >= LAST_HOST {
                block.move_on();
            }
            block.last += 1;
            let [high, low] = block.prefix;
            Ipv4Addr::new(127, high, low, block.last)
        })
    }

    fn block<T>(&self, act: impl FnOnce(&mut Block) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Block {
    fn move_on(&mut self) {
        // 127.0 is left to everybody else on the machine.
        self.prefix = [self.dice.between(1, 254), self.dice.between(0, 254)];
        self.last = 0;
    }
}
