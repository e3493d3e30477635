//! Live events: a document sent again on every change until it says the last word.

use std::{convert::Infallible, time::Duration};

use axum::response::{
    IntoResponse, Response,
    sse::{Event, KeepAlive, Sse},
};
use futures::{Stream, StreamExt};
use serde::Serialize;

/// Answers with one event of the given name for each document of the stream; ends when the stream ends.
pub fn documents<T, S>(name: &'static str, stream: S) -> Response
where
    T: Serialize,
    S: Stream<Item = T> + Send + 'static,
{
    let events = stream.filter_map(move |document| {
        let event = Event::default().event(name).json_data(&document).ok();
        std::future::ready(event.map(Ok::<_, Infallible>))
    });
    let mut response = Sse::new(events)
        .keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
        .into_response();
    // nginx would otherwise hold events back until its buffer is full.
    response.headers_mut().insert(
        "x-accel-buffering",
        axum::http::HeaderValue::from_static("no"),
    );
    response
}
