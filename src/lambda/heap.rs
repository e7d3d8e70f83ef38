//! What the allocator does with the memory a call has used.
//!
//! A call to Firehose makes and frees several blocks of megabytes. glibc returns such memory to the
//! system, and the next call faults it in again page by page: measured, up to a fifth of the
//! function's processor time (`benches/lambda_cost` prints the faults). What it does not do: take
//! memory; with another allocator than glibc's it does nothing at all.

use std::hint::black_box;

/// Just below the largest block glibc adapts its thresholds to (`DEFAULT_MMAP_THRESHOLD_MAX`, 32 MiB
/// on 64-bit machines, of which its own header takes a few bytes).
const BLOCK_BYTES: usize = 32 * 1024 * 1024 - 64 * 1024;

/// Keeps freed memory for the next call, for the life of the process.
///
/// When a mapped block is freed, glibc raises the size from which on blocks are mapped to that of the
/// block, and the free memory it keeps to twice that (mallopt(3), `M_MMAP_THRESHOLD`). So freeing
/// one large block, of which no page was ever touched, sets both without a foreign call.
pub fn keep_freed_memory() {
    let mut block: Vec<u8> = Vec::new();
    // Where there is no address space for it, nothing is raised, and that is all.
    if block.try_reserve_exact(BLOCK_BYTES).is_ok() {
        black_box(&block);
    }
}
