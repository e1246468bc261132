//! Decodes the needed fields of one JSON event. The fast path reads compact JSON without escapes by
//! the positions of its quotes, which AVX2 finds. It checks them strictly. All other JSON goes
//! through serde_json and has the same meaning.
use std::arch::x86_64::*;

/// Start (closed bound) and end (open bound) of a text.
#[derive(Clone, Copy, Default)]
pub struct Span(pub u32, pub u32);

#[derive(Default)]
pub struct Event {
    pub ts: i64,
    pub stream: Span,
    /// NONE if absent.
    pub user: Span,
    pub msg: Span,
    /// NaN if absent.
    pub viewers: f64,
    /// The spans lie in `Scratch.buf`, else in the record.
    pub slow: bool,
    pub ascii: bool,
}
/// Memory that is reused for every event.
pub struct Scratch {
    pub emotes: Vec<Span>,
    /// Decoded texts of the slow path.
    pub buf: Vec<u8>,
    /// A bit for each byte of the record: whether it is a quote.
    quotes: [u64; 34],
    /// The last timestamp up to its minute, and its value. Most timestamps repeat it.
    minute: [u8; 16],
    minute_ms: i64,
}
impl Scratch {
    pub fn new() -> Self {
        Scratch { emotes: Vec::with_capacity(64), buf: Vec::new(), quotes: [0; 34], minute: [0; 16], minute_ms: 0 }
    }
}
/// The span of an absent text.
pub const NONE: Span = Span(u32::MAX, 0);

/// Loads the last `n` bytes of a record, fewer than 32. Reads past them only within the same page,
/// which cannot fault.
#[inline(always)]
unsafe fn load_tail(p: *const u8, n: usize) -> __m256i {
    if (p as usize & 4095) <= 4096 - 32 {
        _mm256_loadu_si256(p as *const __m256i)
    } else {
        let mut b = [0x20u8; 32];
        std::ptr::copy_nonoverlapping(p, b.as_mut_ptr(), n);
        _mm256_loadu_si256(b.as_ptr() as *const __m256i)
    }
}

/// Marks the quotes in `q`. Returns whether a backslash or a control byte occurs, and whether all
/// bytes are ASCII.
#[inline(always)]
unsafe fn scan(p: &[u8], q: &mut [u64; 34]) -> (bool, bool) {
    let (quote, back, low) = (_mm256_set1_epi8(b'"' as i8), _mm256_set1_epi8(b'\\' as i8), _mm256_set1_epi8(0x1f));
    let n = p.len();
    let mut odd = 0u32;
    let mut high = 0u32;
    let mut i = 0;
    let mut w = 0;
    macro_rules! block {
        ($v:expr, $m:expr) => {{
            let v = $v;
            let bad = _mm256_or_si256(_mm256_cmpeq_epi8(v, back), _mm256_cmpeq_epi8(_mm256_min_epu8(v, low), v));
            odd |= _mm256_movemask_epi8(bad) as u32 & $m;
            high |= _mm256_movemask_epi8(v) as u32 & $m;
            (_mm256_movemask_epi8(_mm256_cmpeq_epi8(v, quote)) as u32 & $m) as u64
        }};
    }
    while i + 64 <= n {
        let a = block!(_mm256_loadu_si256(p.as_ptr().add(i) as *const __m256i), u32::MAX);
        let b = block!(_mm256_loadu_si256(p.as_ptr().add(i + 32) as *const __m256i), u32::MAX);
        q[w] = a | b << 32;
        w += 1;
        i += 64;
    }
    let mut last = 0u64;
    if i + 32 <= n {
        last = block!(_mm256_loadu_si256(p.as_ptr().add(i) as *const __m256i), u32::MAX);
        i += 32;
        if i < n {
            let m = (1u32 << (n - i)) - 1;
            last |= block!(load_tail(p.as_ptr().add(i), n - i), m) << 32;
        }
    } else if i < n {
        let m = (1u32 << (n - i)) - 1;
        last = block!(load_tail(p.as_ptr().add(i), n - i), m);
    }
    q[w] = last;
    q[w + 1] = 0;
    (odd != 0, high == 0)
}

#[inline(always)]
fn dig(b: &[u8], i: usize) -> i64 {
    b[i].wrapping_sub(b'0') as i64
}
/// Days since 1970-01-01.
fn days(y: i64, m: i64, d: i64) -> i64 {
    let y = if m <= 2 { y - 1 } else { y };
    let era = y.div_euclid(400);
    let yoe = y - era * 400;
    let doy = (153 * (m + if m > 2 { -3 } else { 9 }) + 2) / 5 + d - 1;
    era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468
}
/// Parses every form of timestamp that an event may have.
fn ts_slow(b: &[u8]) -> Option<i64> {
    let num = |r: std::ops::Range<usize>| -> Option<i64> {
        let s = b.get(r)?;
        if s.is_empty() || !s.iter().all(|c| c.is_ascii_digit()) {
            return None;
        }
        std::str::from_utf8(s).ok()?.parse().ok()
    };
    let at = |i: usize| b.get(i).copied();
    let (y, mo, d) = (num(0..4)?, num(5..7)?, num(8..10)?);
    if at(4)? != b'-' || at(7)? != b'-' || !(1..=12).contains(&mo) || d < 1 {
        return None;
    }
    let leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    let md = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][mo as usize - 1];
    if d > md {
        return None;
    }
    let (h, mi) = (num(11..13)?, num(14..16)?);
    if !matches!(at(10)?, b'T' | b' ') || at(13)? != b':' || h > 23 || mi > 59 {
        return None;
    }
    let mut i = 16;
    let mut ms = ((days(y, mo, d) * 24 + h) * 60 + mi) * 60000;
    if at(i) == Some(b':') {
        let s = num(17..19)?;
        if s > 59 {
            return None;
        }
        ms += s * 1000;
        i = 19;
        if at(i) == Some(b'.') {
            i += 1;
            let (mut f, mut n) = (0i64, 0);
            while let Some(c @ b'0'..=b'9') = at(i) {
                if n < 3 {
                    f = f * 10 + (c - b'0') as i64
                }
                n += 1;
                i += 1;
            }
            if n == 0 {
                return None;
            }
            for _ in n..3 {
                f *= 10
            }
            ms += f;
        }
    }
    match at(i) {
        None => Some(ms),
        Some(b'Z') if i + 1 == b.len() => Some(ms),
        Some(c @ (b'+' | b'-')) => {
            let oh = num(i + 1..i + 3)?;
            let om = if i + 3 == b.len() {
                0
            } else if at(i + 3) == Some(b':') {
                num(i + 4..i + 6)?
            } else {
                num(i + 3..i + 5)?
            };
            let o = (oh * 60 + om) * 60000;
            Some(if c == b'+' { ms - o } else { ms + o })
        }
        _ => None,
    }
}
/// Parses a timestamp. The fast form is `2026-01-01T00:00:00.000Z` in the same minute as the last.
#[inline(always)]
fn ts(b: &[u8], s: &mut Scratch) -> Option<i64> {
    if b.len() == 24 {
        if b[..16] != s.minute {
            if b[23] != b'Z' || b[16] != b':' || b[19] != b'.' {
                return ts_slow(b);
            }
            let full = ts_slow(b)?;
            s.minute.copy_from_slice(&b[..16]);
            s.minute_ms = full.div_euclid(60000) * 60000;
            return Some(full);
        }
        let (a, c, d, e, f) = (dig(b, 17), dig(b, 18), dig(b, 20), dig(b, 21), dig(b, 22));
        if b[16] == b':' && b[19] == b'.' && b[23] == b'Z' && a < 6 && c < 10 && d < 10 && e < 10 && f < 10 {
            return Some(s.minute_ms + a * 10000 + c * 1000 + d * 100 + e * 10 + f);
        }
    }
    ts_slow(b)
}

/// Returns the event, or `None` if the record is no event.
#[inline(always)]
pub fn decode(p: &[u8], s: &mut Scratch) -> Option<Event> {
    if p.len() <= 2048 && p.len() > 2 {
        let (odd, ascii) = unsafe { scan(p, &mut s.quotes) };
        if !odd {
            if let Some(r) = walk(p, s, ascii) {
                return r;
            }
        }
    }
    slow(p, s)
}

/// `None` if the record does not have the plain form. `Some(None)` if it has, but is no event.
#[inline(always)]
fn walk(p: &[u8], s: &mut Scratch, ascii: bool) -> Option<Option<Event>> {
    s.emotes.clear();
    let n = p.len();
    let (mut w, mut bits) = (0usize, s.quotes[0]);
    let words = n / 64 + 1;
    macro_rules! next {
        () => {{
            while bits == 0 {
                w += 1;
                if w >= words {
                    return None;
                }
                bits = s.quotes[w];
            }
            let r = w * 64 + bits.trailing_zeros() as usize;
            bits &= bits - 1;
            r
        }};
    }
    macro_rules! at {
        ($i:expr) => {{
            let i = $i;
            if i >= n {
                return None;
            }
            unsafe { *p.get_unchecked(i) }
        }};
    }
    let mut ev =
        Event { ts: i64::MIN, stream: NONE, user: NONE, msg: Span(0, 0), viewers: f64::NAN, slow: false, ascii };
    let mut time = NONE;
    if p[0] != b'{' {
        return None;
    }
    let mut pos = 1;
    loop {
        let ks = next!();
        if ks != pos {
            return None;
        }
        let ke = next!();
        if at!(ke + 1) != b':' {
            return None;
        }
        let key = unsafe { p.get_unchecked(ks + 1..ke) };
        let vs = ke + 2;
        let end;
        match at!(vs) {
            b'"' => {
                let q = next!();
                debug_assert_eq!(q, vs);
                let ve = next!();
                let span = Span(vs as u32 + 1, ve as u32);
                end = ve + 1;
                match key.len() {
                    9 if key == b"stream_id" => ev.stream = span,
                    9 if key == b"timestamp" => time = span,
                    7 if key == b"user_id" => ev.user = span,
                    7 if key == b"message" => ev.msg = span,
                    6 if key == b"emotes" => return None,
                    12 if key == b"viewer_count" => return None,
                    _ => {}
                }
            }
            b'[' => {
                let emotes = key == b"emotes";
                if emotes {
                    s.emotes.clear()
                }
                let mut i = vs + 1;
                if at!(i) == b']' {
                    end = i + 1;
                } else {
                    loop {
                        if at!(i) != b'"' {
                            return None;
                        }
                        let a = next!();
                        let b = next!();
                        if emotes {
                            s.emotes.push(Span(a as u32 + 1, b as u32))
                        }
                        match at!(b + 1) {
                            b',' => i = b + 2,
                            b']' => {
                                end = b + 2;
                                break;
                            }
                            _ => return None,
                        }
                    }
                }
                if matches!(key, b"stream_id" | b"timestamp" | b"user_id" | b"message" | b"viewer_count") {
                    return None;
                }
            }
            c @ b'0'..=b'9' => {
                let mut v = (c - b'0') as u64;
                let mut i = vs + 1;
                loop {
                    match at!(i) {
                        d @ b'0'..=b'9' if i - vs < 15 => v = v * 10 + (d - b'0') as u64,
                        b',' | b'}' => break,
                        _ => return None,
                    }
                    i += 1;
                }
                if c == b'0' && i > vs + 1 {
                    return None;
                }
                end = i;
                if key == b"viewer_count" {
                    ev.viewers = v as f64
                } else if matches!(key, b"stream_id" | b"timestamp" | b"user_id" | b"message" | b"emotes") {
                    return None;
                }
            }
            _ => return None,
        }
        match at!(end) {
            b',' => pos = end + 1,
            b'}' => {
                if end + 1 != n {
                    return None;
                }
                break;
            }
            _ => return None,
        }
    }
    if ev.stream.0 == u32::MAX || time.0 == u32::MAX {
        return Some(None);
    }
    match ts(&p[time.0 as usize..time.1 as usize], s) {
        Some(t) => ev.ts = t,
        None => return Some(None),
    }
    Some(Some(ev))
}

#[cold]
#[inline(never)]
fn slow(p: &[u8], s: &mut Scratch) -> Option<Event> {
    let text = String::from_utf8_lossy(p);
    let v: serde_json::Value = serde_json::from_str(&text).ok()?;
    let o = v.as_object()?;
    s.emotes.clear();
    s.buf.clear();
    let mut put = |t: &str| {
        let a = s.buf.len() as u32;
        s.buf.extend_from_slice(t.as_bytes());
        Span(a, s.buf.len() as u32)
    };
    let str_of = |k: &str| match o.get(k) {
        None | Some(serde_json::Value::Null) => None,
        Some(serde_json::Value::String(t)) => Some(t.clone()),
        Some(other) => Some(other.to_string()),
    };
    let stream = put(&str_of("stream_id")?);
    let time = ts_slow(str_of("timestamp")?.as_bytes())?;
    let user = str_of("user_id").map_or(NONE, |t| put(&t));
    let msg = put(&str_of("message").unwrap_or_default());
    let viewers = match o.get("viewer_count") {
        Some(serde_json::Value::String(t)) => t.parse().unwrap_or(f64::NAN),
        Some(x) => x.as_f64().unwrap_or(f64::NAN),
        None => f64::NAN,
    };
    if let Some(a) = o.get("emotes").and_then(|e| e.as_array()) {
        for e in a {
            if let Some(t) = e.as_str() {
                let sp = put(t);
                s.emotes.push(sp);
            }
        }
    }
    Some(Event { ts: time, stream, user, msg, viewers, slow: true, ascii: false })
}
