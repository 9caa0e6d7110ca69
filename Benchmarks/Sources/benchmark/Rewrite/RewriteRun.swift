/// One run of one contestant, checked.
struct RewriteRun: Sendable {
    let effort: RewriteEffort
    /// Between operator and servers, both ways; without the bystander's, as it had them before.
    /// Nil for a sample, since whole pages were listed for it.
    let wireBytes: Int?
    /// What the bystander saw meanwhile.
    let meanwhile: Bystander.Sight
    /// What it saw on the same servers without any load: just before, or while the contestant was
    /// made to stand still.
    let before: Bystander.Sight
    /// How busy the processors were then, 0 to 1: what else this machine had to do.
    let busyBefore: Double

    var objectsPerSecond: Double { Double(effort.objects) / effort.seconds }
    var bytesPerObject: Double? { wireBytes.map { Double($0) / Double(effort.objects) } }
}
