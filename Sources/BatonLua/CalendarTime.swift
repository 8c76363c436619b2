import BatonModel
import Glibc

/// `os.time` and `os.date` of scripts (Lua reference manual, 6.9), always in UTC, so that a script reads the same everywhere.
enum CalendarTime {
  /// Conversions of C's strftime that `os.date` takes.
  private static let conversions = Set("aAbBcdDeFgGhHIjmMnprRStTuUVwWxXyYzZ%".utf8)

  /// `os.date(format, time)`: a string, a table for `*t`; nil, with the reason, where the format is wrong.
  static func date(_ format: String, seconds: Int64) -> Result<LuaItem, Failure> {
    var time = time_t(seconds)
    var parts = tm()
    guard gmtime_r(&time, &parts) != nil else { return .failure(Failure(message: "the time is out of range")) }
    let format = format.hasPrefix("!") ? String(format.dropFirst()) : format
    if format.hasPrefix("*t") { return .success(.table(table(parts))) }
    return text(format, &parts).map(LuaItem.string)
  }

  struct Failure: Error { var message: String }

  private static func table(_ parts: tm) -> LuaTable {
    let fields: [(String, LuaItem)] = [
      ("day", .integer(Int64(parts.tm_mday))), ("hour", .integer(Int64(parts.tm_hour))), ("isdst", .bool(false)),
      ("min", .integer(Int64(parts.tm_min))), ("month", .integer(Int64(parts.tm_mon) + 1)),
      ("sec", .integer(Int64(parts.tm_sec))), ("wday", .integer(Int64(parts.tm_wday) + 1)),
      ("yday", .integer(Int64(parts.tm_yday) + 1)), ("year", .integer(Int64(parts.tm_year) + 1900)),
    ]
    return LuaTable(items: [], fields: fields.map { LuaTable.Field($0.0, $0.1) }, strays: [])
  }

  private static func text(_ format: String, _ parts: inout tm) -> Result<String, Failure> {
    var result: [UInt8] = []
    var bytes = format.utf8.makeIterator()
    while let byte = bytes.next() {
      guard byte == UInt8(ascii: "%") else {
        result.append(byte)
        continue
      }
      guard let conversion = bytes.next(), conversions.contains(conversion) else {
        return .failure(Failure(message: "os.date does not know a conversion in \"\(format)\""))
      }
      var buffer = [CChar](repeating: 0, count: 128)
      let count = strftime(&buffer, buffer.count, "%\(Character(UnicodeScalar(conversion)))", &parts)
      result.append(contentsOf: buffer.prefix(count).map { UInt8(bitPattern: $0) })
    }
    return .success(String(decoding: result, as: UTF8.self))
  }

  /// `os.time { year = …, month = …, day = … }`: seconds since 1970; nil, with the reason, where a field is missing.
  static func seconds(_ table: LuaTable) -> Result<Int64, Failure> {
    var parts = tm()
    func field(_ name: String, _ fallback: Int64?) -> Result<Int32, Failure> {
      guard let item = table[name] else {
        guard let fallback else { return .failure(Failure(message: "os.time needs the field \"\(name)\"")) }
        return .success(Int32(fallback))
      }
      guard let number = item.integer, let small = Int32(exactly: number), abs(number) < 1_000_000_000 else {
        return .failure(Failure(message: "os.time: \"\(name)\" must be an integer, not \(item.phrase)"))
      }
      return .success(small)
    }
    do throws(Failure) {
      parts.tm_year = try field("year", nil).get() - 1900
      parts.tm_mon = try field("month", nil).get() - 1
      parts.tm_mday = try field("day", nil).get()
      parts.tm_hour = try field("hour", 12).get()
      parts.tm_min = try field("min", 0).get()
      parts.tm_sec = try field("sec", 0).get()
    } catch { return .failure(error) }
    return .success(Int64(timegm(&parts)))
  }
}
