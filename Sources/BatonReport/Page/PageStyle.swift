/// What all pages that Baton writes have in common.
public enum PageStyle {
  /// Rules that give colours and fonts their names (`--text`, `--mono`), by day and by night.
  public static let palette: [UInt8] = {
    let css = String(decoding: PackageResources.report_css, as: UTF8.self)
    return Array(css[..<(css.firstRange(ofText: "/* end of the palette */")?.lowerBound ?? css.startIndex)].utf8)
  }()
}
