//! A minimal Kafka consumer: one connection, Fetch v4, and batches that are read in place. It has
//! no group, no compression and no CRC check (librdkafka has none by default either).
use std::io::{Read, Write};
use std::net::TcpStream;

/// The offsets that ListOffsets returns.
pub const EARLIEST: i64 = -2;
pub const END: i64 = -1;
const UNKNOWN_PARTITION: i16 = 3;

pub struct Conn {
    s: TcpStream,
    id: i32,
}
/// Reads the fields of a response in order.
struct Reader<'a>(&'a [u8], usize);
impl<'a> Reader<'a> {
    fn take(&mut self, n: usize) -> &'a [u8] {
        let r = &self.0[self.1..self.1 + n];
        self.1 += n;
        r
    }
    fn i16(&mut self) -> i16 {
        i16::from_be_bytes(self.take(2).try_into().unwrap())
    }
    fn i32(&mut self) -> i32 {
        i32::from_be_bytes(self.take(4).try_into().unwrap())
    }
    fn i64(&mut self) -> i64 {
        i64::from_be_bytes(self.take(8).try_into().unwrap())
    }
    fn str(&mut self) -> &'a [u8] {
        let n = self.i16() as usize;
        self.take(n)
    }
}
fn put_str(b: &mut Vec<u8>, s: &str) {
    b.extend((s.len() as i16).to_be_bytes());
    b.extend(s.as_bytes());
}
impl Conn {
    pub fn new(broker: &str) -> Self {
        let s = TcpStream::connect(broker).expect("broker");
        s.set_nodelay(true).unwrap();
        Conn { s, id: 0 }
    }
    fn send(&mut self, key: i16, version: i16, body: &[u8]) {
        self.id += 1;
        let mut b = Vec::with_capacity(body.len() + 32);
        b.extend([0; 4]);
        b.extend(key.to_be_bytes());
        b.extend(version.to_be_bytes());
        b.extend(self.id.to_be_bytes());
        put_str(&mut b, "limit");
        b.extend(body);
        let n = (b.len() - 4) as i32;
        b[..4].copy_from_slice(&n.to_be_bytes());
        self.s.write_all(&b).unwrap();
    }
    fn receive(&mut self, buf: &mut Vec<u8>) {
        let mut h = [0u8; 4];
        self.s.read_exact(&mut h).unwrap();
        let n = i32::from_be_bytes(h) as usize;
        if buf.len() < n {
            buf.resize(n.next_power_of_two(), 0)
        }
        self.s.read_exact(&mut buf[..n]).unwrap();
    }
    /// The earliest or the end offset of a partition. `None` if the topic has no such partition.
    pub fn offset(&mut self, topic: &str, part: i32, which: i64) -> Option<i64> {
        let mut b = vec![];
        b.extend((-1i32).to_be_bytes());
        b.extend(1i32.to_be_bytes());
        put_str(&mut b, topic);
        b.extend(1i32.to_be_bytes());
        b.extend(part.to_be_bytes());
        b.extend(which.to_be_bytes());
        self.send(2, 1, &b);
        let mut buf = vec![];
        self.receive(&mut buf);
        let mut r = Reader(&buf, 4);
        r.i32();
        r.str();
        r.i32();
        r.i32();
        let e = r.i16();
        if e == UNKNOWN_PARTITION {
            return None;
        }
        assert!(e == 0, "ListOffsets {topic}-{part}: error {e}");
        r.i64();
        Some(r.i64())
    }
    /// Requests records of these topics, partitions, offsets and most bytes. The response may
    /// arrive later.
    pub fn send_fetch(&mut self, max: i32, want: &[(&str, i32, i64, i32)]) {
        let mut b = vec![];
        b.extend((-1i32).to_be_bytes());
        b.extend(500i32.to_be_bytes());
        b.extend(1i32.to_be_bytes());
        b.extend(max.to_be_bytes());
        b.push(0);
        b.extend((want.len() as i32).to_be_bytes());
        for &(t, p, o, m) in want {
            put_str(&mut b, t);
            b.extend(1i32.to_be_bytes());
            b.extend(p.to_be_bytes());
            b.extend(o.to_be_bytes());
            b.extend(m.to_be_bytes());
        }
        self.send(1, 4, &b);
    }
    /// Receives the response to a fetch. Each record set is a topic, a partition, and a start and a
    /// length in `buf`.
    pub fn receive_fetch(&mut self, buf: &mut Vec<u8>, out: &mut Vec<(String, i32, usize, usize)>) {
        self.receive(buf);
        out.clear();
        let mut r = Reader(buf, 4);
        r.i32();
        for _ in 0..r.i32() {
            let t = String::from_utf8(r.str().to_vec()).unwrap();
            for _ in 0..r.i32() {
                let p = r.i32();
                let e = r.i16();
                assert!(e == 0, "Fetch {t}-{p}: error {e}");
                r.i64();
                r.i64();
                for _ in 0..r.i32().max(0) {
                    r.i64();
                    r.i64();
                }
                let n = r.i32().max(0) as usize;
                out.push((t.clone(), p, r.1, n));
                r.1 += n;
            }
        }
    }
}
fn be32(b: &[u8], i: usize) -> i32 {
    i32::from_be_bytes(b[i..i + 4].try_into().unwrap())
}
fn be64(b: &[u8], i: usize) -> i64 {
    i64::from_be_bytes(b[i..i + 8].try_into().unwrap())
}
/// The batches of a record set that arrived whole.
pub fn batches(b: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut i = 0;
    std::iter::from_fn(move || {
        if i + 61 > b.len() {
            return None;
        }
        let n = 12 + be32(b, i + 8) as usize;
        if i + n > b.len() {
            return None;
        }
        i += n;
        Some(&b[i - n..i])
    })
}
/// The offset after the last whole batch.
pub fn next_offset(b: &[u8]) -> Option<i64> {
    batches(b).last().map(|x| be64(x, 0) + be32(x, 23) as i64 + 1)
}
#[inline(always)]
fn varint(b: &[u8], i: &mut usize) -> i64 {
    let mut v = 0u64;
    let mut s = 0;
    loop {
        let c = b[*i];
        *i += 1;
        v |= ((c & 127) as u64) << s;
        if c < 128 {
            break;
        }
        s += 7;
    }
    (v >> 1) as i64 ^ -((v & 1) as i64)
}
/// Passes on the values of a batch below the offset `end`. Skips control batches.
#[inline(always)]
pub fn records(x: &[u8], end: i64, mut f: impl FnMut(&[u8])) {
    assert!(x[16] == 2, "magic");
    let attr = i16::from_be_bytes([x[21], x[22]]);
    assert!(attr & 7 == 0, "compressed batches are not supported");
    if attr & 32 != 0 {
        return;
    }
    let base = be64(x, 0);
    let n = be32(x, 57);
    let mut i = 61;
    for _ in 0..n {
        let len = varint(x, &mut i) as usize;
        let stop = i + len;
        i += 1;
        varint(x, &mut i);
        let o = base + varint(x, &mut i);
        let k = varint(x, &mut i);
        if k > 0 {
            i += k as usize
        }
        let v = varint(x, &mut i);
        if o < end {
            f(if v > 0 { &x[i..i + v as usize] } else { &[] });
        }
        i = stop;
    }
}
