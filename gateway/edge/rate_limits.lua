-- Take `cost` requests from one subject's allowance, or say how long to wait.
--
-- KEYS[1]  hash of one subject: `tat` (GCRA's theoretical arrival time) and one counter a second
-- ARGV     requests a minute, burst, cost
-- Returns  allowed (1 or 0), burst left, ms until the burst is whole, left this minute, ms until the
--          minute is whole, ms to wait
--
-- GCRA alone admits burst + rate x 60 in a minute. The counters hold the sum of every 60 seconds to
-- what the plan says, with 2 % and one request to spare: they count whole seconds, so 61 of them.

local per_minute, burst, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local second = math.floor(now / 1000)
local interval = 60000 / per_minute
local ceiling = math.floor(per_minute * 1.02) + 1

local tat, used, newest = now, 0, second
local counters, stale = {}, {}
local state = redis.call('HGETALL', KEYS[1])
for i = 1, #state, 2 do
  if state[i] == 'tat' then
    tat = math.max(now, tonumber(state[i + 1]))
  else
    local at, count = tonumber(state[i]), tonumber(state[i + 1])
    if at < second - 60 then
      stale[#stale + 1] = state[i]
    else
      used = used + count
      counters[#counters + 1] = {at, count}
    end
  end
end

local room = burst * interval - (tat - now)
local wait = math.max(0, cost * interval - room)
if used + cost > ceiling then
  table.sort(counters, function(a, b) return a[1] < b[1] end)
  local freed = 0
  for _, counter in ipairs(counters) do
    freed = freed + counter[2]
    if used - freed + cost <= ceiling then
      wait = math.max(wait, (counter[1] + 61) * 1000 - now)
      break
    end
  end
end

local allowed = 0
if wait < 0.01 then
  allowed, wait = 1, 0
  tat, used = tat + cost * interval, used + cost
  room = burst * interval - (tat - now)
  redis.call('HSET', KEYS[1], 'tat', string.format('%.3f', tat))
  redis.call('HINCRBY', KEYS[1], second, cost)
  if #stale > 0 then
    redis.call('HDEL', KEYS[1], unpack(stale))
  end
  redis.call('PEXPIRE', KEYS[1], 62000)
else
  newest = 0
  for _, counter in ipairs(counters) do
    newest = math.max(newest, counter[1])
  end
end
return {
  allowed,
  math.max(0, math.floor(room / interval + 0.001)),
  math.ceil(tat - now),
  math.max(0, per_minute - used),
  math.max(0, (newest + 61) * 1000 - now),
  math.ceil(wait),
}
