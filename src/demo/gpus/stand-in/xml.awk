# -q -x, in the shape of nvsmi_device_v12.dtd: every element that is read from it in practice, in the real order.
function render(   n) {
  print "<?xml version=\"1.0\" ?>"
  print "<!DOCTYPE nvidia_smi_log SYSTEM \"nvsmi_device_v12.dtd\">"
  print "<nvidia_smi_log>"
  leaf(1, "timestamp", longTime)
  leaf(1, "driver_version", driver)
  leaf(1, "cuda_version", cuda)
  leaf(1, "attached_gpus", gpuCount)
  for (n = 1; n <= gpuCount; n++) gpuElement(n, gpu[n])
  print "</nvidia_smi_log>"
}

function gpuElement(n, a) {
  printf "\t<gpu id=\"%s\">\n", bus[a]
  leaf(2, "product_name", name[a])
  leaf(2, "product_brand", "NVIDIA")
  leaf(2, "product_architecture", "Ampere")
  leaf(2, "display_mode", "Enabled")
  leaf(2, "display_active", "Disabled")
  leaf(2, "persistence_mode", "Enabled")
  leaf(2, "addressing_mode", "None")
  group(2, "mig_mode", "current_mig=" (mig[a] ? "Enabled" : "Disabled") "|pending_mig=" (mig[a] ? "Enabled" : "Disabled"))
  sliceElements(n)
  leaf(2, "accounting_mode", "Disabled")
  leaf(2, "accounting_mode_buffer_size", 4000)
  group(2, "driver_model", "current_dm=N/A|pending_dm=N/A")
  leaf(2, "serial", serial[a])
  leaf(2, "uuid", uuid[a])
  leaf(2, "minor_number", index_[a])
  leaf(2, "vbios_version", "92.00.45.00.03")
  leaf(2, "multigpu_board", "No")
  leaf(2, "board_id", "0x" substr(bus[a], 10, 2) "00")
  leaf(2, "gpu_module_id", index_[a] + 1)
  leaf(2, "gsp_firmware_version", driver)
  group(2, "gpu_virtualization_mode", "virtualization_mode=None|host_vgpu_mode=N/A|vgpu_heterogeneous_mode=N/A")
  group(2, "gpu_reset_status", "reset_required=No|drain_and_reset_recommended=No")
  group(2, "pci", "pci_bus=" substr(bus[a], 10, 2) "|pci_device=00|pci_domain=0000|pci_device_id=20B010DE|pci_bus_id=" bus[a] "|pci_sub_system_id=134F10DE")
  leaf(2, "fan_speed", "N/A")
  leaf(2, "performance_state", "P0")
  memoryElement(2, memory[a], reserved(a), memoryUsed[n])
  group(2, "bar1_memory_usage", "total=65536 MiB|used=1 MiB|free=65535 MiB")
  group(2, "cc_protected_memory_usage", "total=0 MiB|used=0 MiB|free=0 MiB")
  leaf(2, "compute_mode", "Default")
  group(2, "utilization", "gpu_util=" percent(a, use[n]) "|memory_util=" percent(a, use[n] * 0.6) "|encoder_util=" percent(a, 0) "|decoder_util=" percent(a, 0) "|jpeg_util=" percent(a, 0) "|ofa_util=" percent(a, 0))
  group(2, "ecc_mode", "current_ecc=Enabled|pending_ecc=Enabled")
  group(2, "temperature", "gpu_temp=" temperature[n] " C|gpu_temp_tlimit=N/A|gpu_temp_max_threshold=92 C|gpu_temp_slow_threshold=89 C|gpu_temp_max_gpu_threshold=85 C|gpu_target_temperature=N/A|memory_temp=" (temperature[n] + 5) " C|gpu_temp_max_mem_threshold=95 C")
  limit = sprintf("%.2f W", watts[a])
  group(2, "gpu_power_readings", "power_state=P0|power_draw=" sprintf("%.2f W", power[n]) "|current_power_limit=" limit "|requested_power_limit=" limit "|default_power_limit=" limit "|min_power_limit=100.00 W|max_power_limit=" limit)
  group(2, "clocks", "graphics_clock=" (use[n] > 0 ? 1410 : 210) " MHz|sm_clock=" (use[n] > 0 ? 1410 : 210) " MHz|mem_clock=1215 MHz|video_clock=" (use[n] > 0 ? 1275 : 585) " MHz")
  group(2, "max_clocks", "graphics_clock=1410 MHz|sm_clock=1410 MHz|mem_clock=1215 MHz|video_clock=1290 MHz")
  processElements(n, a)
  print "\t\t<accounted_processes>\n\t\t</accounted_processes>\n\t</gpu>\n"
}

function sliceElements(n,   k, s) {
  if (!mig[gpu[n]] || slices[n] == 0) { print "\t\t<mig_devices>\n\t\t\tNone\n\t\t</mig_devices>"; return }
  print "\t\t<mig_devices>"
  for (k = 1; k <= slices[n]; k++) {
    s = slice[n, k]
    print "\t\t\t<mig_device>"
    leaf(4, "index", k - 1)
    leaf(4, "gpu_instance_id", sliceGi[s])
    leaf(4, "compute_instance_id", sliceCi[s])
    print "\t\t\t\t<device_attributes>"
    group(5, "shared", "multiprocessor_count=" sms[s] "|copy_engine_count=" copyEngines[s] "|encoder_count=0|decoder_count=" decoders[s] "|ofa_count=0|jpg_count=0")
    print "\t\t\t\t</device_attributes>"
    print "\t\t\t\t<ecc_error_count>"
    group(5, "volatile_count", "sram_uncorrectable=0")
    print "\t\t\t\t</ecc_error_count>"
    memoryElement(4, sliceMemory[s], 0, sliceUsed[s])
    group(4, "bar1_memory_usage", "total=" bar1(s) " MiB|used=0 MiB|free=" bar1(s) " MiB")
    print "\t\t\t</mig_device>"
  }
  print "\t\t</mig_devices>"
}

function processElements(n, a,   p, s, gi, ci) {
  print "\t\t<processes>"
  for (p = 1; p <= processCount; p++) {
    gi = processDevice[p] == uuid[a] ? "N/A" : ""
    ci = gi
    for (s = 1; s <= sliceCount; s++) if (sliceGpu[s] == a && sliceUuid[s] == processDevice[p]) { gi = sliceGi[s]; ci = sliceCi[s] }
    if (gi != "") {
      group(3, "process_info", "gpu_instance_id=" gi "|compute_instance_id=" ci "|pid=" processPid[p] "|type=C|process_name=" safe(processName[p]) "|used_memory=" processMib[p] " MiB")
    }
  }
  print "\t\t</processes>"
}

function memoryElement(depth, total, kept, used) {
  group(depth, "fb_memory_usage", "total=" total " MiB|reserved=" kept " MiB|used=" used " MiB|free=" (total - kept - used) " MiB")
}

function group(depth, tag, pairs,   count, i, all, at_) {
  printf "%s<%s>\n", indent(depth), tag
  count = split(pairs, all, "|")
  for (i = 1; i <= count; i++) { at_ = index(all[i], "="); leaf(depth + 1, substr(all[i], 1, at_ - 1), substr(all[i], at_ + 1)) }
  printf "%s</%s>\n", indent(depth), tag
}

function leaf(depth, tag, text) { printf "%s<%s>%s</%s>\n", indent(depth), tag, text, tag }
function indent(depth) { return substr("\t\t\t\t\t\t\t\t", 1, depth) }
function percent(a, of_) { return mig[a] ? "N/A" : int(of_) " %" }
function reserved(a) { return int(memory[a] * 0.0153) }
function bar1(s) { return int(65536 * sliceMemory[s] / 40960 / 8) * 8 }
function safe(text) { gsub(/&/, "\\&amp;", text); gsub(/</, "\\&lt;", text); gsub(/>/, "\\&gt;", text); gsub(/\|/, "/", text); return text }
