//! Writes closed windows into PostgreSQL: one transaction per batch, from a thread of its own.
use crate::fold::{Rows, PANE, PANES};
use postgres::{Client, NoTls};
use std::sync::mpsc::{sync_channel, SyncSender};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Batches that may wait for the thread.
const QUEUE: usize = 2;

pub struct Writer {
    pub queue: SyncSender<Rows>,
    thread: JoinHandle<()>,
}
fn upsert(table: &str) -> String {
    format!(
        "insert into {table} (stream_id, window_start, window_end, chat_count, unique_chatters, avg_sentiment, positive_count, negative_count, avg_viewers, top_emotes)
 select r.s, r.w, r.w + interval '{} ms', r.n, r.u, r.a, r.p, r.g, r.v, r.e::text[]
 from unnest($1::text[], $2::timestamp[], $3::int[], $4::int[], $5::float8[], $6::int[], $7::int[], $8::float8[], $9::text[]) as r (s, w, n, u, a, p, g, v, e)
 on conflict (stream_id, window_start) do update set window_end = excluded.window_end, chat_count = excluded.chat_count, unique_chatters = excluded.unique_chatters,
  avg_sentiment = excluded.avg_sentiment, positive_count = excluded.positive_count, negative_count = excluded.negative_count,
  avg_viewers = excluded.avg_viewers, top_emotes = excluded.top_emotes",
        PANE * PANES
    )
}
impl Writer {
    pub fn new(dsn: &str, table: &str) -> Self {
        let (queue, batches) = sync_channel::<Rows>(QUEUE);
        let mut client = Client::connect(dsn, NoTls).expect("PostgreSQL");
        let statement = client.prepare(&upsert(table)).unwrap();
        let thread = std::thread::spawn(move || {
            for rows in batches {
                let streams: Vec<&str> = rows.stream.iter().map(|x| &**x).collect();
                let starts: Vec<SystemTime> =
                    rows.start.iter().map(|&ms| UNIX_EPOCH + Duration::from_millis(ms as u64)).collect();
                let emotes: Vec<String> = rows.emotes.iter().map(|l| literal(l)).collect();
                // One statement outside a transaction block is a transaction.
                client
                    .execute(
                        &statement,
                        &[
                            &streams,
                            &starts,
                            &rows.count,
                            &rows.uniq,
                            &rows.sentiment,
                            &rows.pos,
                            &rows.neg,
                            &rows.viewers,
                            &emotes,
                        ],
                    )
                    .unwrap();
            }
        });
        Writer { queue, thread }
    }
    /// Waits until all batches are committed.
    pub fn finish(self) {
        drop(self.queue);
        self.thread.join().unwrap()
    }
}
/// A list of texts as PostgreSQL's array literal.
fn literal(texts: &[Box<str>]) -> String {
    let mut s = String::with_capacity(2 + texts.len() * 12);
    s.push('{');
    for (i, text) in texts.iter().enumerate() {
        if i > 0 {
            s.push(',')
        }
        s.push('"');
        for c in text.chars() {
            if c == '"' || c == '\\' {
                s.push('\\')
            }
            s.push(c);
        }
        s.push('"');
    }
    s.push('}');
    s
}
