import BatonModel
import Glibc

/// The clock on the wall, for what receivers compare with theirs.
public enum WallTime {
  public static var now: Instant {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }
}
