-- tile: enrollments
SELECT count(*) FROM enrollments

-- tile: withdrawalRate
SELECT count(*) FILTER (WHERE status = 'WITHDRAWN') / count(*) FROM enrollments

-- tile: enrollmentsByCategory
SELECT t.code, c.category, count(*)
FROM enrollments e JOIN courses c ON c.id = e.course_id LEFT JOIN terms t ON t.id = c.term_id
GROUP BY t.code, c.category

-- tile: enrollmentsByMonth
SELECT make_date(year(e.enrolled_on), month(e.enrolled_on), 1) AS month, c.category, count(*)
FROM enrollments e LEFT JOIN courses c ON c.id = e.course_id
WHERE e.enrolled_on IS NOT NULL
GROUP BY month, c.category

-- tile: withdrawalsByMonth
SELECT make_date(year(withdrawn_on), month(withdrawn_on), 1) AS month, count(*)
FROM enrollments
WHERE status = 'WITHDRAWN' AND withdrawn_on IS NOT NULL
GROUP BY month

-- tile: total
SELECT c.currency, sum(c.list_price)
FROM enrollments e JOIN courses c ON c.id = e.course_id
WHERE c.list_price IS NOT NULL
GROUP BY c.currency

-- tile: byMonth
SELECT make_date(year(e.enrolled_on), month(e.enrolled_on), 1) AS month, c.currency,
       sum(c.list_price)
FROM enrollments e JOIN courses c ON c.id = e.course_id
WHERE c.list_price IS NOT NULL AND e.enrolled_on IS NOT NULL
GROUP BY month, c.currency

-- compare: byMonth
-- A year earlier, day by day, as far as this year's priced ones go (or today, if that is later).
WITH priced AS (
    SELECT e.enrolled_on, c.currency, c.list_price
    FROM enrollments e JOIN courses c ON c.id = e.course_id
    WHERE c.list_price IS NOT NULL AND e.enrolled_on IS NOT NULL
),
edge AS (
    SELECT greatest(CAST($today AS DATE), max(enrolled_on)) AS last_day FROM priced
),
months AS (
    SELECT DISTINCT date_trunc('month', enrolled_on) AS month, currency FROM priced
),
earlier AS (
    SELECT date_trunc('month', enrolled_on + INTERVAL 1 YEAR) AS month, currency,
           sum(list_price) AS amount
    FROM priced, edge
    WHERE enrolled_on + INTERVAL 1 YEAR <= last_day
    GROUP BY 1, 2
)
SELECT CAST(month - INTERVAL 1 YEAR AS DATE), currency, coalesce(amount, 0)
FROM months LEFT JOIN earlier USING (month, currency)

-- tile: byCategory
SELECT c.category, c.currency, sum(c.list_price)
FROM enrollments e JOIN courses c ON c.id = e.course_id
WHERE c.list_price IS NOT NULL
GROUP BY c.category, c.currency

-- tile: byCourse
SELECT c.code, c.currency, sum(c.list_price) AS amount
FROM enrollments e JOIN courses c ON c.id = e.course_id
WHERE c.list_price IS NOT NULL
GROUP BY c.code, c.currency
ORDER BY amount DESC, c.code
LIMIT 20
