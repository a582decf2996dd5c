# Reads state.tsv and works out what every device does at this moment; another file of this folder prints it in render().
# gpus[1..gpuCount] and, for each of them, its slices: the ones this caller may see.
BEGIN {
  FS = "\t"
  split(ENVIRON["SMI_NOW"], parts, "|")
  now = parts[1]; longTime = parts[2]; csvTime = parts[3]
  inContainer = ("BERTH_GPUS_VISIBLE" in ENVIRON)
  count = split(ENVIRON["BERTH_GPUS_VISIBLE"], wanted, ",")
  for (i = 1; i <= count; i++) granted[wanted[i]] = 1
  only = ENVIRON["SMI_ONLY"]
}
$1 == "driver" { driver = $2; cuda = $3 }
$1 == "clock" { now = $2 }
$1 == "busy-when-held" { busyWhenHeld = $2 }
$1 == "gpu" {
  all = ++allCount
  at[$2] = all; index_[all] = $2; uuid[all] = $3; name[all] = $4; memory[all] = $5; bus[all] = $6; serial[all] = $7
  mig[all] = $8; present[all] = $9; watts[all] = $10; numa[all] = $11; cores[all] = $12
}
$1 == "slice" {
  # Of the GPU with index $2: its number there, ids of its GPU instance and compute instance, profile, and so on.
  s = ++sliceCount
  sliceGpu[s] = at[$2]; sliceGi[s] = $3; sliceCi[s] = $4; profile[s] = $5; sliceUuid[s] = $6; placement[s] = $7 ":" $8
  sliceMemory[s] = $9; sms[s] = $10; copyEngines[s] = $11; decoders[s] = $12; profileId[s] = $13
}
$1 == "profile" { p = ++profileCount; pModel[p] = $2; pName[p] = $3; pId[p] = $4; pPlaces[p] = $5; pSize[p] = $6; pGib[p] = $7; pSm[p] = $8; pCe[p] = $9; pDec[p] = $10; pMedia[p] = $11; pMax[p] = $12 }
$1 == "load" { setUse[$2] = $3; setMemory[$2] = $4; isSet[$2] = 1 }
$1 == "process" { addProcess($2, $3, $4, $5) }
$1 == "link" { link[$2, $3] = $4; link[$3, $2] = $4 }
END {
  seeDevices()
  if (gpuCount == 0) { print "No devices were found"; exit 6 }
  render()
}

# Which devices the caller sees, numbered from 0 as the driver does inside a container.
function seeDevices(   a, s, number) {
  for (a = 1; a <= allCount; a++) {
    if (!present[a] || !sees(a)) continue
    number = ++gpuCount
    gpu[number] = a
    shown[number] = inContainer ? number - 1 : index_[a]
    slices[number] = 0
    for (s = 1; s <= sliceCount; s++) {
      if (sliceGpu[s] == a && (!inContainer || sliceUuid[s] in granted || uuid[a] in granted)) slice[number, ++slices[number]] = s
    }
    measure(number, a)
  }
}

function sees(a,   s) {
  if (only != "" && only != index_[a] && only != uuid[a] && only != bus[a] && only != serial[a]) return 0
  if (!inContainer || uuid[a] in granted) return 1
  for (s = 1; s <= sliceCount; s++) if (sliceGpu[s] == a && sliceUuid[s] in granted) return 1
  return 0
}

# Use, memory, power and temperature of a GPU and of all its slices, also of those the caller does not see.
function measure(number, a,   s, total) {
  memoryUsed[number] = 0; use[number] = 0
  if (mig[a]) {
    for (s = 1; s <= sliceCount; s++) {
      if (sliceGpu[s] != a) continue
      look(sliceUuid[s], sliceMemory[s])
      sliceUsed[s] = lookedMemory + 0 > 0 ? lookedMemory : int(sliceMemory[s] / 1100)
      memoryUsed[number] += sliceUsed[s]
      use[number] += lookedUse * sms[s] / 98
    }
  } else {
    look(uuid[a], memory[a])
    memoryUsed[number] = lookedMemory; use[number] = lookedUse
  }
  power[number] = 52 + 8 * fraction(uuid[a]) + use[number] * (watts[a] - 70) / 108
  temperature[number] = int(28 + 5 * fraction(uuid[a]) + use[number] * 0.33)
}

# lookedUse (percent) and lookedMemory (MiB) of one device: as a test has set them, else what its holder makes of it.
function look(id, total,   holder, wave, phase) {
  lookedUse = 0; lookedMemory = processMemory[id] + 0
  if (isSet[id]) { lookedUse = setUse[id]; lookedMemory = setMemory[id]; return }
  if (!busyWhenHeld) return
  holder = inContainer ? (id in granted ? "self" : "") : holderOf(id)
  if (holder == "") return
  # A training run that comes and goes: two waves, and one ten-minute rest in five. The same at every look at this second.
  phase = fraction(id)
  wave = 58 + 34 * sin(now / 41 + 6.28 * phase) + 14 * sin(now / 7 + 13 * phase)
  if (int(now / 600 + 5 * phase) % 5 == 4) wave = 0
  lookedUse = int(wave > 99 ? 99 : wave < 0 ? 0 : wave)
  lookedMemory = int(total * (0.35 + 0.2 * sin(now / 1300 + 6.28 * phase) + 0.3 * phase))
  if (holder != "self") addProcess(id, holder, lookedMemory, "/opt/venv/bin/python3")
}

# The process that holds a device, if it lives: its number and its start time are noted, for numbers are used again.
function holderOf(id,   file, line, noted, stat, fields) {
  if (!("BERTH_GPUS_HELD" in ENVIRON)) return ""
  file = ENVIRON["BERTH_GPUS_HELD"] "/" id
  if ((getline line < file) <= 0) { close(file); return "" }
  close(file)
  split(line, noted, " ")
  file = "/proc/" noted[1] "/stat"
  if ((getline stat < file) <= 0) { close(file); return "" }
  close(file)
  sub(/^.*\) /, "", stat)
  split(stat, fields, " ")
  return fields[20] == noted[2] ? noted[1] : ""
}

function addProcess(id, pid, mib, command,   p) {
  if (inContainer) return
  p = ++processCount
  gsub(/\\n/, "\n", command)
  processDevice[p] = id; processPid[p] = pid; processMib[p] = mib; processName[p] = command
  processMemory[id] += mib
}

# Between 0 and 1, always the same for the same UUID.
function fraction(id,   i, sum) {
  for (i = 1; i <= length(id); i++) sum = (sum * 31 + index("0123456789abcdef", substr(id, i, 1))) % 9973
  return sum / 9973
}
