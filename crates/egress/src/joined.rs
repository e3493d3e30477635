//! Small pieces written as one.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper_util::client::legacy::connect::{Connected, Connection};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// Pieces that are no longer than this together are copied side by side: for the kernel, one short buffer is less work
/// than a list of two. Copying longer ones would cost more than it saves.
const COPIED_MAX: usize = 4 * 1024;

/// A socket that writes a short head and its short body in one piece.
#[derive(Debug)]
pub struct JoinedWrites<S>(pub S);

impl<S: AsyncRead + Unpin> AsyncRead for JoinedWrites<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for JoinedWrites<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let socket = Pin::new(&mut self.0);
        if let [piece] = pieces {
            return socket.poll_write(cx, piece);
        }
        let length: usize = pieces.iter().map(|piece| piece.len()).sum();
        if length > COPIED_MAX {
            return socket.poll_write_vectored(cx, pieces);
        }
        let mut joined = [0; COPIED_MAX];
        let mut at = 0;
        for piece in pieces {
            joined[at..at + piece.len()].copy_from_slice(piece);
            at += piece.len();
        }
        socket.poll_write(cx, &joined[..length])
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

impl Connection for JoinedWrites<TcpStream> {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// Whatever the lengths, the other end reads the pieces one after the other.
    #[tokio::test]
    async fn pieces_arrive_whole_and_in_order() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a listener");
        let address = listener.local_addr().expect("an address");
        let lengths: [&[usize]; 6] = [
            &[7],
            &[200, 1_024],
            &[1, 0, 3],
            &[COPIED_MAX - 1, 1],
            &[COPIED_MAX, 1],
            &[300, 64 * 1_024],
        ];
        for lengths in lengths {
            let stream = TcpStream::connect(address).await.expect("a connection");
            let (mut other, _) = listener.accept().await.expect("the other end");
            let pieces: Vec<Vec<u8>> = (1_u8..)
                .zip(lengths)
                .map(|(byte, length)| vec![byte; *length])
                .collect();
            let sent = pieces.concat();
            let reading = tokio::spawn(async move {
                let mut read = Vec::new();
                other.read_to_end(&mut read).await.expect("all of it");
                read
            });
            let mut joined = JoinedWrites(stream);
            let slices: Vec<IoSlice<'_>> = pieces.iter().map(|piece| IoSlice::new(piece)).collect();
            let written = joined.write_vectored(&slices).await.expect("written");
            if sent.len() <= COPIED_MAX {
                assert_eq!(written, sent.len());
            }
            joined.write_all(&sent[written..]).await.expect("the rest");
            joined.shutdown().await.expect("the end");
            assert_eq!(reading.await.expect("the reader"), sent, "{lengths:?}");
        }
    }
}
