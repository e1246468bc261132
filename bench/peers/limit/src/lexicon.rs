//! Counts the positive and negative words of a message. Each token costs one comparison of 16
//! bytes, by a perfect hash that is searched for at the start.
use std::arch::x86_64::*;
const POS: &str = "love great awesome amazing excellent good best wonderful fantastic perfect happy thanks lol haha nice cool fun enjoy excited pog pogchamp kekw";
const NEG: &str = "hate bad terrible awful worst sucks boring annoying stupid dumb trash cringe fail rip sad angry mad disappointed frustrated";
pub struct Lexicon {
    table: Box<[(u128, u32); 1024]>,
    mul: u64,
    mask: [u128; 17],
}
fn pack(w: &str) -> u128 {
    let mut b = [0u8; 16];
    b[..w.len()].copy_from_slice(w.as_bytes());
    u128::from_le_bytes(b)
}
#[inline(always)]
fn slot(x: u128, mul: u64) -> usize {
    (((x as u64) ^ ((x >> 64) as u64).rotate_left(29)).wrapping_mul(mul) >> 54) as usize
}
/// The bit that makes ASCII letters lower case. No other byte becomes a letter by it.
const CASE: u128 = 0x20202020202020202020202020202020;
impl Lexicon {
    pub fn new() -> Self {
        let words: Vec<(u128, u32)> =
            POS.split(' ').map(|w| (pack(w), 1)).chain(NEG.split(' ').map(|w| (pack(w), 1 << 16))).collect();
        let mut mul = 0x9E3779B97F4A7C15u64;
        let mut mask = [0u128; 17];
        for i in 0..16 {
            mask[i] = (1u128 << (8 * i)) - 1
        }
        mask[16] = u128::MAX;
        loop {
            let mut table = Box::new([(0u128, 0u32); 1024]);
            if words.iter().all(|&(w, v)| {
                let e = &mut table[slot(w, mul)];
                let free = e.1 == 0;
                *e = (w, v);
                free
            }) {
                return Lexicon { table, mul, mask };
            }
            mul = mul.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407) | 1;
        }
    }
    /// 1 for a positive word, 1 << 16 for a negative word, else 0.
    #[inline(always)]
    fn token(&self, x: u128) -> u32 {
        let e = unsafe { self.table.get_unchecked(slot(x, self.mul)) };
        ((e.0 == x) as u32).wrapping_neg() & e.1
    }
    /// Positive and negative words of an ASCII message. From its start, `readable` bytes may be
    /// read.
    #[inline(always)]
    pub fn ascii(&self, m: &[u8], readable: usize) -> (u32, u32) {
        let n = m.len();
        if n > 30_000 {
            return self.slow(m);
        }
        // Bytes past the record are read only within the page of the last byte.
        let page_left = 4095 - ((m.as_ptr() as usize + n).wrapping_sub(1) & 4095);
        if n + 64 > readable && (page_left < 64 || n == 0) {
            let mut t = Vec::with_capacity(n + 64);
            t.extend_from_slice(m);
            t.resize(n + 64, b' ');
            return unsafe { self.tokens(t.as_ptr(), n) };
        }
        unsafe { self.tokens(m.as_ptr(), n) }
    }
    /// Positive and negative words. The caller ensures that 64 bytes past the end may be read.
    #[inline(always)]
    unsafe fn tokens(&self, base: *const u8, n: usize) -> (u32, u32) {
        let sp = _mm256_set1_epi8(b' ' as i8);
        let (mut acc, mut start, mut i) = (0u32, 0usize, 0usize);
        loop {
            let lo = _mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_loadu_si256(base.add(i) as *const __m256i), sp))
                as u32 as u64;
            let hi = _mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_loadu_si256(base.add(i + 32) as *const __m256i), sp))
                as u32 as u64;
            let mut bits = lo | hi << 32;
            let left = n - i;
            if left < 64 {
                bits = (bits & ((1u64 << left) - 1)) | 1u64 << left
            }
            while bits != 0 {
                let e = i + bits.trailing_zeros() as usize;
                bits &= bits - 1;
                let x = (base.add(start) as *const u128).read_unaligned();
                acc += self.token((x | CASE) & *self.mask.get_unchecked((e - start).min(16)));
                start = e + 1;
            }
            if left < 64 {
                break;
            }
            i += 64;
        }
        (acc & 0xffff, acc >> 16)
    }
    /// Positive and negative words of any text.
    #[cold]
    #[inline(never)]
    pub fn slow(&self, m: &[u8]) -> (u32, u32) {
        let t = String::from_utf8_lossy(m).to_lowercase();
        let (mut p, mut n) = (0, 0);
        for w in t.split(|c| matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0c')) {
            if w.len() <= 12 && !w.is_empty() {
                let v = self.token(pack(w));
                p += v & 0xffff;
                n += v >> 16;
            }
        }
        (p, n)
    }
}
