//! The seat of a call, as bodies take it and give it up while they are polled.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use crate::registry::seat::Seat;

/// A seat that is taken and given up again and again.
pub struct Turn {
    seat: Seat,
    /// Waits for the seat.
    taking: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl Turn {
    /// Turns at the seat of a call.
    pub fn at(seat: Seat) -> Self {
        Self { seat, taking: None }
    }

    /// Takes the seat where one is free now. Gives whether the call has it.
    pub fn try_take(&self) -> bool {
        self.seat.try_take()
    }

    /// Takes the seat, in the order of those who wait for one.
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

    /// Gives the seat up, or the place among those who wait for one.
    pub fn give_up(&mut self) {
        self.taking = None;
        self.seat.give_up();
    }
}
