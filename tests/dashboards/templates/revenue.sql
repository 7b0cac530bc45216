-- template: revenueByCurrency
SELECT nullif(c.currency, '') AS currency, sum(c.list_price)
FROM enrollments e JOIN courses c ON c.id = e.course_id
WHERE c.list_price IS NOT NULL
GROUP BY ALL

-- template: revenueByMonth
SELECT make_date(year(e.enrolled_on), month(e.enrolled_on), 1) AS m, nullif(c.currency, '') AS currency, sum(c.list_price)
FROM enrollments e JOIN courses c ON c.id = e.course_id
WHERE c.list_price IS NOT NULL AND e.enrolled_on IS NOT NULL
GROUP BY ALL

-- template: revenueByYear
SELECT make_date(year(e.enrolled_on), 1, 1) AS y, nullif(c.currency, '') AS currency, sum(c.list_price)
FROM enrollments e JOIN courses c ON c.id = e.course_id
WHERE c.list_price IS NOT NULL AND e.enrolled_on IS NOT NULL
GROUP BY ALL

-- template: revenueByCourse
SELECT c.code, nullif(c.currency, '') AS currency, sum(c.list_price)
FROM enrollments e JOIN courses c ON c.id = e.course_id
WHERE c.list_price IS NOT NULL
GROUP BY ALL

-- template: revenueByCategory
SELECT c.category, nullif(c.currency, '') AS currency, sum(c.list_price)
FROM enrollments e JOIN courses c ON c.id = e.course_id
WHERE c.list_price IS NOT NULL
GROUP BY ALL

-- template: revenueByTerm
SELECT t.code, nullif(c.currency, '') AS currency, sum(c.list_price)
FROM enrollments e JOIN courses c ON c.id = e.course_id LEFT JOIN terms t ON t.id = c.term_id
WHERE c.list_price IS NOT NULL
GROUP BY ALL

-- template: revenueByClass
SELECT s.class_name, nullif(c.currency, '') AS currency, sum(c.list_price)
FROM enrollments e JOIN courses c ON c.id = e.course_id LEFT JOIN students s ON s.id = e.student_id
WHERE c.list_price IS NOT NULL
GROUP BY ALL

-- template: withdrawnRevenue
SELECT c.code, nullif(c.currency, '') AS currency, sum(c.list_price)
FROM enrollments e JOIN courses c ON c.id = e.course_id
WHERE c.list_price IS NOT NULL AND e.status = 'WITHDRAWN'
GROUP BY ALL

-- template: paidEnrollments
SELECT c.code, e.status, count(*)
FROM enrollments e JOIN courses c ON c.id = e.course_id
WHERE c.list_price IS NOT NULL GROUP BY c.code, e.status

-- template: freeEnrollments
SELECT c.code, count(*)
FROM enrollments e LEFT JOIN courses c ON c.id = e.course_id
WHERE c.list_price IS NULL GROUP BY c.code

-- template: coursePrices
SELECT code, title, list_price, currency FROM courses WHERE list_price IS NOT NULL

-- template: averagePrice
SELECT category, currency, sum(list_price) / count(list_price)
FROM courses WHERE list_price IS NOT NULL GROUP BY category, currency

-- template: seats
SELECT code, title, max_enrollments FROM courses WHERE max_enrollments IS NOT NULL

-- template: withdrawalRateByCategory
SELECT c.category, sum((e.status = 'WITHDRAWN')::INTEGER) / count(*), count(*)
FROM enrollments e LEFT JOIN courses c ON c.id = e.course_id GROUP BY c.category
