//! The seat of a call, which bodies take and give up while they are polled.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use crate::registry::seat::Seat;

/// A seat that is taken and given up repeatedly.
pub struct Turn {
    seat: Seat,
    /// The wait for the seat.
    taking: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl Turn {
    /// Creates turns at the seat of a call.
    pub fn at(seat: Seat) -> Self {
        Self { seat, taking: None }
    }

    /// Takes the seat if one is free now. Returns whether the call has it.
    pub fn try_take(&self) -> bool {
        self.seat.try_take()
    }

    /// Takes the seat, waiting in line for it if none is free.
    pub fn poll_take(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.taking.is_none() {
            if self.seat.try_take() {
                return Poll::Ready(());
            }
            let seat = self.seat.clone();
            self.taking = Some(Box::pin(async move { seat.take().await }));
        }
        if let Some(taking) = &mut self.taking {
            ready!(taking.as_mut().poll(context));
        }
        self.taking = None;
        Poll::Ready(())
    }

    /// Gives up the seat, or the place in the line for one.
    pub fn give_up(&mut self) {
        self.taking = None;
        self.seat.give_up();
    }
}
