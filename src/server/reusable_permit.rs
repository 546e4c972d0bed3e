//! The permit of a call, which bodies take and give up while they are polled.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use crate::registry::worker_permit::WorkerPermit;

/// A permit that is taken and given up repeatedly.
pub struct ReusablePermit {
    worker_permit: WorkerPermit,
    /// The wait for the permit.
    taking: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl ReusablePermit {
    /// Creates turns at the permit of a call.
    pub fn at(worker_permit: WorkerPermit) -> Self {
        Self { worker_permit, taking: None }
    }

    /// Takes the permit if one is free now. Returns whether the call has it.
    pub fn try_take(&self) -> bool {
        self.worker_permit.try_take()
    }

    /// Takes the permit, waiting in line for it if none is free.
    pub fn poll_take(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if self.taking.is_none() {
            if self.worker_permit.try_take() {
                return Poll::Ready(());
            }
            let worker_permit = self.worker_permit.clone();
            self.taking = Some(Box::pin(async move { worker_permit.take().await }));
        }
        if let Some(taking) = &mut self.taking {
            ready!(taking.as_mut().poll(context));
        }
        self.taking = None;
        Poll::Ready(())
    }

    /// Gives up the permit, or the place in the line for one.
    pub fn give_up(&mut self) {
        self.taking = None;
        self.worker_permit.give_up();
    }
}
