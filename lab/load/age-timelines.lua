--[[
Cuts timelines that hold cap + slack entries to the lengths that timelines of a system in use have.

KEYS[…]  timelines, each with cap + slack entries and its floor marker
ARGV[1]  entries that a timeline keeps   ARGV[2]  slack

A push trims a timeline only when it passes cap + slack (core/lua/deliver.lua). So at any time the lengths lie anywhere
between the two, and one push in slack + 1 trims. Timelines of one length would trim all at once or never. Safe to repeat.
]]
local cap, slack = tonumber(ARGV[1]), tonumber(ARGV[2])
for i, key in ipairs(KEYS) do
  local keep = cap + i % (slack + 1)
  local floor = redis.call('LINDEX', key, keep)
  if floor and tonumber(floor) > 0 then
    redis.call('LTRIM', key, 0, keep - 1)
    redis.call('RPUSH', key, '-' .. floor)
  end
end
