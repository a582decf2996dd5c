# --query-gpu and --query-compute-apps. A field that does not exist is refused as the real program does.
function render(   n, count, f, fields, text) {
  withUnits = index(ENVIRON["SMI_FORMAT"], "nounits") == 0
  count = split(ENVIRON["SMI_FIELDS"], fields, ",")
  for (f = 1; f <= count; f++) fields[f] = canonical(fields[f])
  for (f = 1; f <= count; f++) {
    if (!(ENVIRON["SMI_SUB"] == "gpu" ? gpuField(fields[f], 1) : appField(fields[f], 0, 0))) {
      printf "Field \"%s\" is not a valid field to query.\n\n", fields[f]
      exit 2
    }
    text = text (f > 1 ? ", " : "") fields[f] (withUnits && unit != "" ? " [" unit "]" : "")
  }
  if (index(ENVIRON["SMI_FORMAT"], "noheader") == 0) print text
  for (n = 1; n <= gpuCount; n++) {
    if (ENVIRON["SMI_SUB"] == "gpu") gpuRow(n, fields, count)
    else appRows(n, fields, count)
  }
}

function gpuRow(n, fields, count,   f, text) {
  for (f = 1; f <= count; f++) {
    gpuField(fields[f], n)
    text = text (f > 1 ? ", " : "") valueAndUnit()
  }
  print text
}

# A process on a slice is listed with its GPU's UUID: so does the real program.
function appRows(n, fields, count,   p, k, f, text) {
  for (p = 1; p <= processCount; p++) {
    if (!isOn(n, p)) continue
    text = ""
    for (f = 1; f <= count; f++) {
      appField(fields[f], n, p)
      text = text (f > 1 ? ", " : "") valueAndUnit()
    }
    print text
  }
}

function isOn(n, p,   s) {
  if (processDevice[p] == uuid[gpu[n]]) return 1
  for (s = 1; s <= sliceCount; s++) if (sliceGpu[s] == gpu[n] && sliceUuid[s] == processDevice[p]) return 1
  return 0
}

function valueAndUnit() { return value (withUnits && unit != "" && value != "[N/A]" ? " " unit : "") }

function canonical(field) {
  gsub(/ /, "", field)
  if (ENVIRON["SMI_SUB"] == "apps") {
    if (field == "name") return "process_name"
    if (field == "used_memory") return "used_gpu_memory"
    return field
  }
  if (field == "gpu_name") return "name"
  if (field == "gpu_uuid") return "uuid"
  if (field == "gpu_serial") return "serial"
  if (field == "gpu_bus_id") return "pci.bus_id"
  if (field ~ /^clocks\.(gr|sm|mem|video)$/) { sub(/gr$/, "graphics", field); sub(/mem$/, "memory", field); sub(/clocks\./, "clocks.current.", field) }
  return field
}

function says(text, its) { value = text; unit = its; return 1 }

function appField(field, n, p) {
  if (field == "timestamp") return says(csvTime, "")
  if (field == "gpu_name") return says(name[gpu[n]], "")
  if (field == "gpu_bus_id") return says(bus[gpu[n]], "")
  if (field == "gpu_serial") return says(serial[gpu[n]], "")
  if (field == "gpu_uuid") return says(uuid[gpu[n]], "")
  if (field == "pid") return says(processPid[p], "")
  if (field == "process_name") return says(processName[p], "")
  if (field == "used_gpu_memory") return says(processMib[p], "MiB")
  return 0
}

function gpuField(field, n,   a, busy) {
  a = gpu[n]
  busy = use[n] > 0
  if (field == "timestamp") return says(csvTime, "")
  if (field == "driver_version") return says(driver, "")
  if (field == "count") return says(gpuCount, "")
  if (field == "name") return says(name[a], "")
  if (field == "serial") return says(serial[a], "")
  if (field == "uuid") return says(uuid[a], "")
  if (field == "index") return says(shown[n], "")
  if (field == "pci.bus_id") return says(bus[a], "")
  if (field == "pci.domain") return says("0x0000", "")
  if (field == "pci.bus") return says("0x" substr(bus[a], 10, 2), "")
  if (field == "pci.device") return says("0x00", "")
  if (field == "pci.device_id") return says("0x20B010DE", "")
  if (field == "pcie.link.gen.current" || field == "pcie.link.gen.max") return says(4, "")
  if (field == "pcie.link.width.current" || field == "pcie.link.width.max") return says(16, "")
  if (field == "persistence_mode") return says("Enabled", "")
  if (field == "compute_mode") return says("Default", "")
  if (field == "compute_cap") return says("8.0", "")
  if (field == "vbios_version") return says("92.00.45.00.03", "")
  if (field == "fan.speed") return says("[N/A]", "%")
  if (field == "pstate") return says("P0", "")
  if (field == "memory.total") return says(memory[a], "MiB")
  if (field == "memory.reserved") return says(reserved(a), "MiB")
  if (field == "memory.used") return says(memoryUsed[n], "MiB")
  if (field == "memory.free") return says(memory[a] - memoryUsed[n] - reserved(a), "MiB")
  if (field == "utilization.gpu") return says(mig[a] ? "[N/A]" : int(use[n]), "%")
  if (field == "utilization.memory") return says(mig[a] ? "[N/A]" : int(use[n] * 0.6), "%")
  if (field == "utilization.encoder" || field == "utilization.decoder") return says(mig[a] ? "[N/A]" : 0, "%")
  if (field == "temperature.gpu") return says(temperature[n], "")
  if (field == "temperature.memory") return says(temperature[n] + 5, "")
  if (field == "power.draw" || field == "power.draw.average" || field == "power.draw.instant") return says(sprintf("%.2f", power[n]), "W")
  if (field == "power.limit" || field == "enforced.power.limit" || field == "power.default_limit" || field == "power.max_limit") return says(sprintf("%.2f", watts[a]), "W")
  if (field == "power.min_limit") return says("100.00", "W")
  if (field == "clocks.current.graphics" || field == "clocks.current.sm") return says(busy ? 1410 : 210, "MHz")
  if (field == "clocks.current.memory") return says(1215, "MHz")
  if (field == "clocks.current.video") return says(busy ? 1275 : 585, "MHz")
  if (field == "clocks.max.graphics" || field == "clocks.max.sm") return says(1410, "MHz")
  if (field == "clocks.max.memory") return says(1215, "MHz")
  if (field == "mig.mode.current" || field == "mig.mode.pending") return says(mig[a] ? "Enabled" : "Disabled", "")
  if (field == "ecc.mode.current" || field == "ecc.mode.pending") return says("Enabled", "")
  if (field ~ /^ecc\.errors\.(un)?corrected\.(volatile|aggregate)\.(total|dram|sram)$/) return says(0, "")
  if (field == "retired_pages.pending" || field == "remapped_rows.pending") return says("No", "")
  return 0
}

function reserved(a) { return int(memory[a] * 0.0153) }
